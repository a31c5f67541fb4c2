import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";

/** Who takes part in a programme, who asks to, and what came of it; for the venue's staff, who `adds` somebody manages it. */
export function Beneficiaries({ programme, adds, onChange }: { programme: string; adds: boolean; onChange: () => void }) {
  const { t } = useTranslation();
  const [emails, type] = useState("");
  const at = { params: { path: { programme_id: programme }, query: { limit: 200 } } };
  const query = api.useQuery("get", "/api/v1/programmes/{programme_id}/beneficiaries", at);
  const changed = () => {
    void query.refetch();
    onChange();
  };
  const add = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/programmes/{programme_id}/beneficiaries", {
        params: { path: { programme_id: programme }, header: keyed() },
        body: { emails: emails.split(/[\s,;]+/).filter(Boolean) },
      }),
    onSuccess: () => {
      type("");
      changed();
    },
  });
  return (
    <section aria-labelledby="beneficiaries">
      <h2 id="beneficiaries">{t("programmes.beneficiaries")}</h2>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data?.data.length === 0 ? <Empty>{t("programmes.nobody")}</Empty> : null}
      <ul className="rows">
        {query.data?.data.map((one) => (
          <Place key={one.id} one={one} programme={programme} onDone={changed} />
        ))}
      </ul>
      {adds ? (
        <form
          className="toolbar"
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate();
          }}
        >
          <Field label={t("programmes.emails")} hint={t("programmes.emailsHint")}>
            {(id, note) => <textarea id={id} aria-describedby={note} required rows={2} value={emails} onChange={(e) => type(e.target.value)} />}
          </Field>
          <Button type="submit" busy={add.isPending}>
            {t("programmes.add")}
          </Button>
        </form>
      ) : null}
      {add.isError ? <Failure error={add.error} /> : null}
    </section>
  );
}

function Place({ one, programme, onDone }: { one: Schemas["Beneficiary"]; programme: string; onDone: () => void }) {
  const { t } = useTranslation();
  const [reason, type] = useState("");
  const [outcome, note] = useState(one.outcome);
  const path = { programme_id: programme, beneficiary_id: one.id };
  const decide = useMutation({
    mutationFn: async (yes: boolean) => {
      if (yes) await client.POST("/api/v1/programmes/{programme_id}/beneficiaries/{beneficiary_id}/approve", { params: { path, header: keyed() } });
      else await client.POST("/api/v1/programmes/{programme_id}/beneficiaries/{beneficiary_id}/refuse", { params: { path, header: keyed() }, body: { reason } });
    },
    onSuccess: onDone,
  });
  const keep = useMutation({
    mutationFn: () => client.PATCH("/api/v1/programmes/{programme_id}/beneficiaries/{beneficiary_id}", { params: { path }, body: { outcome } }),
    onSuccess: onDone,
  });
  return (
    <li>
      <span>
        <strong>{one.name || one.email}</strong> {one.name ? <span className="muted">{one.email}</span> : null}
        {one.message ? <span className="note">{one.message}</span> : null}
      </span>
      <span className="badge">{t(`programmes.state.${one.state}`)}</span>
      {one.reason ? <span className="note">{one.reason}</span> : null}
      {one.state === "approved" ? (
        <>
          <Field label={t("programmes.outcome")}>{(id) => <input id={id} maxLength={1000} value={outcome} onChange={(e) => note(e.target.value)} />}</Field>
          <Button busy={keep.isPending} onClick={() => keep.mutate()}>
            {t("save")}
          </Button>
        </>
      ) : (
        <Button tone={one.state === "asked" ? "main" : "plain"} busy={decide.isPending} onClick={() => decide.mutate(true)}>
          {t(one.state === "asked" ? "programmes.approve" : "programmes.readmit")}
        </Button>
      )}
      {one.state === "refused" ? null : (
        <>
          <Field label={t("refusalReason")}>{(id) => <input id={id} maxLength={200} value={reason} onChange={(e) => type(e.target.value)} />}</Field>
          <Button busy={decide.isPending} why={reason ? undefined : t("reasonNeeded")} onClick={() => decide.mutate(false)}>
            {t(one.state === "asked" ? "programmes.refuse" : "programmes.takeBack")}
          </Button>
        </>
      )}
      {decide.isError ? <Failure error={decide.error} /> : null}
      {keep.isError ? <Failure error={keep.error} /> : null}
    </li>
  );
}
