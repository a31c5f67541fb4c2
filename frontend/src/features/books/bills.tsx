import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { placeOf, ToPlace } from "../../ui/places";

type Line = Schemas["BillLineShape"];
type Terms = Omit<Schemas["TermsWishRequest"], "issuer_id" | "organisation_id">;

/** One organisation's bill of a month: what is on it, what is left out and why, and the way to issue it. */
export function OneBill({ issuer, month, body }: { issuer: string; month: string; body: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const asked = { issuer_id: issuer, organisation_id: body, month };
  const query = api.useQuery("get", "/api/v1/bills/preview", { params: { query: asked } });
  const issue = useMutation({
    mutationFn: (fingerprint: string) => client.POST("/api/v1/bills", { params: { header: keyed() }, body: { ...asked, fingerprint } }),
    onSettled: () => queries.invalidateQueries(),
  });
  const agree = useMutation({
    mutationFn: (terms: Terms) => client.PUT("/api/v1/on-account", { body: { issuer_id: issuer, organisation_id: body, ...terms } }),
    onSuccess: () => queries.invalidateQueries(), // ends once the bill is looked at again: no issuing what was agreed before
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const it = query.data;
  const faults = it.figures?.faults ?? [];
  const why = it.state === "missing" ? t("bills.why.missing") : faults.length > 0 ? t("bills.why.faults") : it.state === "ready" ? undefined : t("bills.why.nothing");
  return (
    <section aria-labelledby="bill">
      <h2 id="bill">{it.organisation.name}</h2>
      <Issued papers={it.issued} />
      {it.missing.length > 0 ? (
        <p className="failure">
          {t("bills.missing", { what: it.missing.map((code) => t(`bills.data.${code}`, { defaultValue: code })).join(", ") })}{" "}
          {firstOfEach(it.missing.map(placeOf)).map((place) => (
            <ToPlace key={place} place={place} issuer={issuer} customer={body} />
          ))}
        </p>
      ) : null}
      <ul className="reasons">
        {faults.map((fault) => (
          <li key={fault.code + fault.where}>
            {fault.code}: {fault.detail} <ToPlace place={fault.place} issuer={issuer} customer={body} />
          </li>
        ))}
      </ul>
      {it.figures && it.figures.cautions.length > 0 ? (
        <>
          <h3>{t("issue.cautions")}</h3>
          <ul className="reasons">
            {it.figures.cautions.map((one) => (
              <li key={one.code + one.place}>
                {one.detail} <ToPlace place={one.place} issuer={issuer} customer={body} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {it.lines.length > 0 ? <Lines title={t("bills.on")} lines={it.lines} /> : <Empty>{t("bills.none")}</Empty>}
      {it.figures ? (
        <p>
          {it.type} · {it.figures.rates.map((rate) => `${rate.natura || `${Number(rate.rate)}%`}: ${money(rate.net)} + ${money(rate.vat)}`).join(" · ")} · {t("total")} <strong>{money(it.figures.gross)}</strong>
          {it.figures.due.cents === it.figures.gross.cents ? null : ` · ${t("toPay")} ${money(it.figures.due)}`}
          {it.due_on ? ` · ${t("doc.before", { day: dayText(it.due_on) })}` : null}
        </p>
      ) : null}
      {it.apart.length > 0 ? <Lines title={t("bills.apart")} lines={it.apart} /> : null}
      <Button tone="main" busy={issue.isPending || agree.isPending} why={why} onClick={() => issue.mutate(it.fingerprint)}>
        {t("bills.issue")}
      </Button>
      {issue.isError ? <Failure error={issue.error} /> : null}
      {it.left_out.length > 0 ? <Lines title={t("bills.leftOut", { count: it.left_out.length })} lines={it.left_out} /> : null}
      <Agreement key={JSON.stringify(it.terms)} terms={it.terms} busy={agree.isPending} save={(terms) => agree.mutate(terms)} />
      {agree.isSuccess ? <p role="status">✓ {t("books.saved")}</p> : null}
      {agree.isError ? <Failure error={agree.error} /> : null}
    </section>
  );
}

/** One way to each page that has something to mend: it says itself what else is missing there. */
const firstOfEach = (places: readonly string[]): string[] => [...new Map(places.toReversed().map((place) => [place.split("/")[1], place])).values()];

export function Issued({ papers }: { papers: readonly Schemas["IssuedBill"][] }) {
  return (
    <>
      {papers.map((paper) => (
        <p key={paper.id}>
          <a href={`/api/v1/documents/${paper.id}/files/pdf`}>{paper.number}</a> {paper.kind === "credit_note" ? "−" : ""}
          {money(paper.gross)}
        </p>
      ))}
    </>
  );
}

/** Lines of a bill with the booking each leads back to; those left out say why. */
export function Lines({ title, lines }: { title: string; lines: readonly (Line & { detail?: string })[] }) {
  const { t } = useTranslation();
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={title}>
      <table className="data wrapped">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{t("bills.line")}</th>
            <th scope="col">{t("gross")}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, n) => (
            <tr key={`${line.booking_id} ${n}`}>
              <th scope="row">
                {line.booking_id ? (
                  <Link to="/bookings/$id" params={{ id: line.booking_id }}>
                    {line.description}
                  </Link>
                ) : (
                  line.description
                )}
                <br />
                <small className="muted">
                  {line.first_on === line.last_on ? dayText(line.first_on) : `${dayText(line.first_on)} – ${dayText(line.last_on)}`} · {line.person}
                  {line.detail ? ` · ${line.detail}` : ""}
                </small>
              </th>
              <td>{money(line.gross)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** In how many days it pays, with which order and codes, and up to which limit. */
function Agreement({ terms, busy, save }: { terms: Schemas["OnAccount"]; busy: boolean; save: (terms: Terms) => void }) {
  const { t } = useTranslation();
  const [days, setDays] = useState(String(terms.days));
  const [monthEnd, setMonthEnd] = useState(terms.month_end);
  const [split, setSplit] = useState(terms.split);
  const [order, setOrder] = useState(terms.order_ref);
  const [cig, setCig] = useState(terms.cig);
  const [cup, setCup] = useState(terms.cup);
  const [limit, setLimit] = useState(terms.limit.cents ? String(terms.limit.cents / 100) : "");
  const why = days === "" ? t("bills.daysFirst") : (cig || cup) && !order ? t("bills.orderFirst") : undefined;
  return (
    <details>
      <summary>{t("bills.agreement")}</summary>
      <form
        className="toolbar"
        onSubmit={(e) => {
          e.preventDefault();
          if (!why) save({ days: Number(days), month_end: monthEnd, split, order_ref: order, cig, cup, limit_cents: Math.round(Number(limit || 0) * 100) });
        }}
      >
        <Field label={t("bills.payDays")}>{(id) => <input id={id} type="number" min={0} max={365} value={days} onChange={(e) => setDays(e.target.value)} />}</Field>
        <Field label={t("bills.limit")} hint={t("bills.limitHint")}>
          {(id, described) => <input id={id} type="number" min={0} step={0.01} aria-describedby={described} value={limit} onChange={(e) => setLimit(e.target.value)} />}
        </Field>
        <Field label={t("bills.order")}>{(id) => <input id={id} maxLength={20} value={order} onChange={(e) => setOrder(e.target.value)} />}</Field>
        <Field label="CIG">{(id) => <input id={id} maxLength={15} value={cig} onChange={(e) => setCig(e.target.value)} />}</Field>
        <Field label="CUP">{(id) => <input id={id} maxLength={15} value={cup} onChange={(e) => setCup(e.target.value)} />}</Field>
        <label className="check">
          <input type="checkbox" checked={monthEnd} onChange={(e) => setMonthEnd(e.target.checked)} /> {t("bills.monthEnd")}
        </label>
        <label className="check">
          <input type="checkbox" checked={split} onChange={(e) => setSplit(e.target.checked)} /> {t("bills.split")}
        </label>
        <Button type="submit" busy={busy} why={why}>
          {t("save")}
        </Button>
      </form>
    </details>
  );
}

/** All that are ready, issued one after the other by the worker: it may be left, and is found again here. */
export function IssueAll({ issuer, month, ready, last }: { issuer: string; month: string; ready: Schemas["BillsCount"] | undefined; last: Schemas["Job"] | null }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const start = useMutation({
    mutationFn: async () => (await client.POST("/api/v1/bills/all", { params: { header: keyed() }, body: { issuer_id: issuer, month } })).data,
    onSuccess: () => queries.invalidateQueries(),
  });
  const runs = last?.state === "queued" || last?.state === "running";
  const id = last?.id ?? "";
  const job = api.useQuery("get", "/api/v1/jobs/{job_id}", { params: { path: { job_id: id } } }, { enabled: runs, refetchInterval: runs ? 1000 : false });
  const done = runs && job.data?.state === "done";
  useEffect(() => {
    if (done) void queries.invalidateQueries({ queryKey: ["get", "/api/v1/bills"] });
  }, [done, queries]);
  const count = ready?.bills ?? 0;
  return (
    <div className="toolbar">
      <Button tone="main" busy={start.isPending || runs} why={count === 0 && !runs ? t("bills.noneReady") : undefined} onClick={() => start.mutate()}>
        {t("bills.issueAll", { count, amount: ready ? money(ready.total) : "" })}
      </Button>
      {runs ? <progress max={job.data?.progress.total || 1} value={job.data?.progress.done ?? 0} aria-label={t("bills.issuing")} /> : null}
      {start.isError ? <Failure error={start.error} /> : null}
    </div>
  );
}
