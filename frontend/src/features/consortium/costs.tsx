import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, queries, type Schemas } from "../../api/client";
import { cents, money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Empty, Failure, Field, Loading } from "../../ui/basics";
import { Choice, OneOf } from "../../ui/choice";

const KINDS = ["common", "direct", "advance", "adjustment"] as const;

/** What partners paid for each other in a month: entered one by one, or read from a table. */
export function Costs({ consortium, month, leads }: { consortium: Schemas["ConsortiumShape"]; month: string; leads: boolean }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/costs", { params: { query: { consortium_id: consortium.id, month, limit: 200 } } });
  const remove = useMutation({
    mutationFn: (id: string) => client.DELETE("/api/v1/costs/{cost_id}", { params: { path: { cost_id: id } } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const rows = query.data?.data ?? [];
  return (
    <section aria-labelledby="costs">
      <h2 id="costs">{t("cons.costs")}</h2>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {remove.isError ? <Failure error={remove.error} /> : null}
      {query.isSuccess && rows.length === 0 ? <Empty>{t("cons.noCosts")}</Empty> : null}
      {rows.length > 0 ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={t("cons.costs")}>
          <table className="data">
            <thead>
              <tr>
                <th scope="col">{t("cons.what")}</th>
                <th scope="col">{t("doc.date")}</th>
                <th scope="col">{t("cons.document")}</th>
                <th scope="col">{t("cons.paidBy")}</th>
                <th scope="col">{t("net")}</th>
                {leads ? <th scope="col">{t("cons.acts")}</th> : null}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    {[row.supplier, row.description].filter(Boolean).join(", ") || t(`cons.line.${row.kind}`)} <small className="muted">{[t(`cons.line.${row.kind}`), row.category, row.resource?.name].filter(Boolean).join(" · ")}</small>
                  </th>
                  <td>{dayText(row.on)}</td>
                  <td>{row.document || "–"}</td>
                  <td>
                    {row.paid_by.name}
                    {row.owed_by ? ` ← ${row.owed_by.name}` : ""}
                  </td>
                  <td>{money(row.net)}</td>
                  {leads ? (
                    <td>
                      <button type="button" className="link" onClick={() => remove.mutate(row.id)} aria-label={`${t("manage.remove")} ${row.supplier || row.description || row.document}`}>
                        {t("manage.remove")}
                      </button>
                    </td>
                  ) : null}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {leads ? <NewCost consortium={consortium} month={month} /> : null}
    </section>
  );
}

function NewCost({ consortium, month }: { consortium: Schemas["ConsortiumShape"]; month: string }) {
  const { t } = useTranslation();
  const first = consortium.partners[0]?.id ?? "";
  const blank = { kind: "common" as (typeof KINDS)[number], on: `${month}-01`, net: "", paid_by: first, owed_by: "", supplier: "", document: "", category: "" };
  const [it, set] = useState(blank);
  const enter = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/costs", {
        params: { header: keyed() },
        body: { consortium_id: consortium.id, kind: it.kind, on: it.on, net_cents: cents(it.net), paid_by_id: it.paid_by, owed_by_id: it.owed_by || null, supplier: it.supplier, document: it.document, category: it.category },
      }),
    onSuccess: () => {
      set(blank);
      return queries.invalidateQueries();
    },
  });
  const read = useMutation({
    mutationFn: async (file: File) => client.POST("/api/v1/costs/import", { params: { header: keyed() }, body: { consortium_id: consortium.id, csv: await file.text() } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <details className="listed">
      <summary>{t("cons.newCost")}</summary>
      <form
        className="panel wide"
        onSubmit={(event) => {
          event.preventDefault();
          enter.mutate();
        }}
      >
        <div className="toolbar">
          <OneOf label={t("doc.kind")} value={it.kind} all={KINDS} say={(kind) => t(`cons.line.${kind}`)} onChange={(kind) => set({ ...it, kind })} />
          <Field label={t("doc.date")}>{(id) => <input id={id} type="date" required value={it.on} onChange={(e) => set({ ...it, on: e.target.value })} />}</Field>
          <Field label={`${t("net")} (€)`}>{(id) => <input id={id} className="short" required inputMode="decimal" value={it.net} onChange={(e) => set({ ...it, net: e.target.value })} />}</Field>
          <Choice label={t("cons.paidBy")} value={it.paid_by} among={consortium.partners} onChange={(paid_by) => set({ ...it, paid_by })} />
          {it.kind === "common" ? null : <Choice label={t("cons.owedBy")} value={it.owed_by} none="–" among={consortium.partners} onChange={(owed_by) => set({ ...it, owed_by })} />}
          <Field label={t("cons.supplier")}>{(id) => <input id={id} maxLength={120} value={it.supplier} onChange={(e) => set({ ...it, supplier: e.target.value })} />}</Field>
          <Field label={t("cons.document")}>{(id) => <input id={id} className="short" maxLength={40} value={it.document} onChange={(e) => set({ ...it, document: e.target.value })} />}</Field>
          <Field label={t("cons.category")}>{(id) => <input id={id} className="short" maxLength={40} value={it.category} onChange={(e) => set({ ...it, category: e.target.value })} />}</Field>
        </div>
        {enter.isError ? <Failure error={enter.error} /> : null}
        <div className="toolbar">
          <button type="submit" className="button main" aria-busy={enter.isPending}>
            {t("cons.enter")}
          </button>
          <Field label={t("cons.import")} hint={t("cons.importHint")}>
            {(id, described) => <input id={id} type="file" accept=".csv,text/csv" aria-describedby={described} onChange={(e) => e.target.files?.[0] && read.mutate(e.target.files[0])} />}
          </Field>
        </div>
        {read.isError ? <Failure error={read.error} /> : null}
      </form>
    </details>
  );
}
