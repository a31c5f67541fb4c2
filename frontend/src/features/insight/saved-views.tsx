import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, queries, Refusal, type Schemas } from "../../api/client";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import type { View } from "./view";

/** What is looked at, under a name: for oneself or for a venue's offices; each has an address of its own. */
export function SavedViews({ view }: { view: View }) {
  const { t } = useTranslation();
  const [name, call] = useState("");
  const [venue, choose] = useState("");
  const [copied, tell] = useState("");
  const query = api.useQuery("get", "/api/v1/reports/views", { params: { query: { limit: 200 } } });
  const refresh = () => queries.invalidateQueries({ queryKey: ["get", "/api/v1/reports/views"] });
  const { venue: at, kind, from, to, compare, by, measure } = view;
  const said = Object.fromEntries(Object.entries({ venue: at, kind, from, to, compare, by, measure }).filter(([, value]) => value)) as Schemas["Narrowed"];
  const save = useMutation({
    mutationFn: (instead_of: string | null) => client.POST("/api/v1/reports/views", { params: { header: keyed() }, body: { name: name.trim(), said, venue_id: venue || null, instead_of } }),
    onError: refresh,
    onSuccess: () => {
      call("");
      return refresh();
    },
  });
  const remove = useMutation({ mutationFn: (id: string) => client.DELETE("/api/v1/reports/views/{view_id}", { params: { path: { view_id: id } } }), onSuccess: refresh });
  const taken = query.data?.data.find((one) => one.name === name.trim() && (one.venue?.id ?? "") === venue);
  const addressOf = (id: string) => `${window.location.origin}/insight?saved=${id}`;
  const fault = save.error instanceof Refusal ? save.error.problem.pointers.find((one) => one.pointer.startsWith("/name")) : undefined;
  return (
    <details className="views" open={Boolean(view.saved) || undefined}>
      <summary>{t("insight.views")}</summary>
      <div className="toolbar">
        <Field label={t("insight.viewName")} error={fault?.detail}>
          {(id, described) => <input id={id} value={name} maxLength={40} aria-describedby={described} onChange={(e) => call(e.target.value)} />}
        </Field>
        {query.data && query.data.may_share.length > 0 ? <Choice label={t("insight.sharedWith")} value={venue} among={query.data.may_share} none={t("insight.onlyMe")} onChange={choose} /> : null}
        <Button busy={save.isPending} why={name.trim() ? undefined : t("insight.nameFirst")} onClick={() => save.mutate(null)}>
          {t("save")}
        </Button>
        <Button onClick={() => void navigator.clipboard.writeText(window.location.href).then(() => tell("here"))}>{copied === "here" ? t("insight.copied") : t("insight.copy")}</Button>
      </div>
      {query.isPending ? <Loading /> : null}
      {[query, save, remove].map((one, n) => (one.isError ? <Failure key={n} error={one.error} /> : null))}
      {save.error instanceof Refusal && save.error.problem.code === "name-taken" && taken ? (
        <p className="toolbar">
          <Button busy={save.isPending} onClick={() => save.mutate(taken.id)}>
            {t("insight.replaceView", { name: taken.name })}
          </Button>
        </p>
      ) : null}
      {query.data?.data.length === 0 ? <Empty>{t("insight.noViews")}</Empty> : null}
      <ul className="legend">
        {query.data?.data.map((one) => (
          <li key={one.id}>
            <Link to="/insight" search={{ saved: one.id } as never}>
              {one.name}
            </Link>{" "}
            <small className="muted">{one.venue?.name ?? t("insight.onlyMe")}</small>{" "}
            <button type="button" className="link" aria-label={`${t("insight.copy")}: ${one.name}`} onClick={() => void navigator.clipboard.writeText(addressOf(one.id)).then(() => tell(one.id))}>
              {copied === one.id ? t("insight.copied") : t("insight.copy")}
            </button>{" "}
            {one.can_remove ? (
              <button type="button" className="link" aria-label={t("insight.forget", { name: one.name })} onClick={() => remove.mutate(one.id)}>
                ✕
              </button>
            ) : null}
          </li>
        ))}
      </ul>
    </details>
  );
}
