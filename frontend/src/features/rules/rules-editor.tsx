import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { instantText, longDay, today } from "../../kernel/time";
import { Button, Failure, Field } from "../../ui/basics";
import { Rehearsal } from "./rehearsal";
import { WordsForm, type Other, type RuleWords } from "./words-form";

export type Scope = { venue_id: string } | { resource_id: string };

/** What is in force in sentences; the own words, edited from a day on; what that would do; and every version. */
export function RulesEditor({ it, scope, others }: { it: Schemas["Policies"]; scope: Scope; others: readonly Other[] }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const zone = it.scope.time_zone;
  const newest = it.data.find((version) => version.id === it.latest_id);
  const start = newest?.rules ?? it.in_force.own;
  const [own, setOwn] = useState<RuleWords>(start);
  const [from, setFrom] = useState(today(zone));
  const [basis, setBasis] = useState<"use" | "booking">("use");
  const changed = JSON.stringify(own) !== JSON.stringify(start);
  const body = { ...scope, from_on: from, basis, rules: own };
  const preview = useMutation({ mutationFn: async () => (await client.POST("/api/v1/policies/preview", { body })).data });
  const save = useMutation({
    mutationFn: () => client.POST("/api/v1/policies", { params: { header: keyed() }, body: { ...body, seen_id: it.latest_id } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  const edit = (next: RuleWords) => {
    setOwn(next);
    preview.reset();
  };
  const why = changed ? undefined : t("manage.nothingChanged");
  return (
    <>
      <section aria-labelledby="in-force">
        <h2 id="in-force">{t("manage.inForce")}</h2>
        <ul className="sentences">
          {it.in_force.sentences.map((one) => (
            <li key={one.code + one.text}>{one.text}</li>
          ))}
        </ul>
      </section>
      <form
        aria-labelledby="edit-rules"
        onSubmit={(event) => {
          event.preventDefault();
          if (preview.data) save.mutate();
          else preview.mutate();
        }}
      >
        <h2 id="edit-rules">{t("manage.change")}</h2>
        <p className="hint">{t("manage.changeHint")}</p>
        <WordsForm own={own} inherited={it.in_force.inherited} house={it.in_force.house} groups={it.groups} others={others} onChange={edit} />
        <div className="toolbar">
          <Field label={t("manage.from")}>{(id) => <input id={id} type="date" required min={today(zone)} value={from} onChange={(e) => (setFrom(e.target.value), preview.reset())} />}</Field>
          <Field label={t("manage.basis")}>
            {(id) => (
              <select id={id} value={basis} onChange={(e) => (setBasis(e.target.value as typeof basis), preview.reset())}>
                <option value="use">{t("manage.basisUse")}</option>
                <option value="booking">{t("manage.basisBooking")}</option>
              </select>
            )}
          </Field>
          <Button busy={preview.isPending} why={why} onClick={() => preview.mutate()}>
            {t("manage.preview")}
          </Button>
          <Button tone="main" busy={save.isPending} why={why ?? (preview.data ? undefined : t("manage.previewFirst"))} onClick={() => save.mutate()}>
            {t("save")}
          </Button>
        </div>
        {preview.isError ? <Failure error={preview.error} /> : null}
        {save.isError ? <Failure error={save.error} /> : null}
        {preview.data ? <Rehearsal found={preview.data} zone={zone} /> : null}
      </form>
      <section aria-labelledby="versions">
        <h2 id="versions">{t("manage.versions")}</h2>
        <div className="scroll" tabIndex={0} role="group" aria-label={t("manage.versions")}>
          <table className="data">
            <thead>
              <tr>
                <th scope="col">{t("manage.from")}</th>
                <th scope="col">{t("manage.state")}</th>
                <th scope="col">{t("manage.ofWhom")}</th>
                <th scope="col">{t("manage.words")}</th>
                <th scope="col">{t("manage.writtenBy")}</th>
              </tr>
            </thead>
            <tbody>
              {it.data.map((version) => (
                <tr key={version.id}>
                  <th scope="row">{longDay(version.from_on)}</th>
                  <td>{t(`manage.states.${version.state}`)}</td>
                  <td>{t(version.of === "venue" ? "manage.ofVenue" : "manage.ofResource")}</td>
                  <td>{(Object.keys(version.rules) as (keyof RuleWords)[]).map((word) => t(`word.${word}`)).join(" · ") || t("manage.none")}</td>
                  <td>
                    {version.written_by?.name ?? "—"} <small className="muted">{instantText(version.written_at, zone)}</small>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}
