import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../api/client";
import type { paths as Paths } from "../api/schema.gen";
import { Books } from "../features/documents/books";
import { GiveBack, GivingBack } from "../features/documents/refund";
import { Preliminaries } from "../features/documents/preliminaries";
import { Dispatched, Receipts, SdiCell } from "../features/documents/sdi";
import { money, rateText } from "../kernel/money";
import { addMonths, dayText, monthText, today } from "../kernel/time";
import { Button, Empty, Failure, Field, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";
import { SearchField } from "../ui/search-field";

interface Filters {
  issuer?: string;
  month?: string;
  kind?: string;
  activity?: string;
  state?: string;
  q?: string;
}

const PAPERS = ["quotation", "pro_forma"] as const;
const PAPER_STATES = ["open", "accepted", "withdrawn", "expired"] as const;
const ACTIVITIES = ["institutional", "commercial", "mixed"] as const;
const PAID = ["paid", "due", "refunded"] as const;

/** The accountant's documents: filters in the address, totals that follow them, the month as one zip. */
export default function Documents() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as Filters;
  const go = useNavigate();
  const [cursor, turn] = useState<string | undefined>();
  const [giving, giveBack] = useState<Schemas["Document"] | null>(null);
  const set = (change: Filters) => {
    turn(undefined);
    void go({ to: "/manage/documents", search: { ...filters, ...change }, replace: true });
  };
  const base = today("Europe/Rome").slice(0, 7);
  const month = filters.month ?? base;
  const issuers = api.useQuery("get", "/api/v1/issuers", { params: { query: {} } });
  const issuer = filters.issuer ?? issuers.data?.data[0]?.id;
  const paper = PAPERS.find((kind) => kind === filters.kind);
  const activity = ACTIVITIES.find((name) => name === filters.activity);
  const common = { month, ...(issuer ? { issuer_id: issuer } : {}), ...(filters.q ? { q: filters.q } : {}) };
  const asked = {
    ...common,
    ...(filters.kind ? { kind: [filters.kind as "invoice"] } : {}),
    ...(activity ? { activity } : {}),
    ...(filters.state ? { payment_state: filters.state as "paid" } : {}),
  };
  const query = api.useQuery(
    "get",
    "/api/v1/documents",
    { params: { query: { ...asked, include: ["totals", "facets"], ...(cursor ? { cursor } : {}) } } },
    { enabled: issuers.isSuccess && !paper, placeholderData: (before) => before },
  );
  const zipped = {
    ...(filters.kind ? { kinds: [filters.kind as "invoice"] } : {}),
    ...(activity ? { activity } : {}),
    ...(filters.state ? { payment_state: filters.state as "paid" } : {}),
    ...(filters.q ? { q: filters.q } : {}),
  };
  const months = Array.from({ length: 15 }, (_, n) => addMonths(`${base}-01`, -n).slice(0, 7));
  const it = paper ? undefined : query.data;
  const address = (output: string) =>
    new URLSearchParams({ month, ...(issuer ? { issuer_id: issuer } : {}), ...(filters.kind ? { kind: filters.kind } : {}), ...(activity ? { activity } : {}), ...(filters.state ? { payment_state: filters.state } : {}), ...(filters.q ? { q: filters.q } : {}), output });
  return (
    <>
      <Title>{t("nav.documents")}</Title>
      <p>
        <Link className="button main" to="/manage/documents/new" search={issuer ? { issuer } : {}}>
          {t("issue.title")}
        </Link>
      </p>
      <div className="toolbar">
        <Choice label={t("doc.issuer")} value={issuer ?? ""} among={issuers.data?.data} onChange={(id) => set({ issuer: id })} />
        <Field label={t("report.month")}>
          {(id) => (
            <select id={id} value={month} onChange={(e) => set({ month: e.target.value })}>
              {months.map((name) => (
                <option key={name} value={name}>
                  {monthText(name)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("doc.kind")}>
          {(id) => (
            <select id={id} value={filters.kind ?? ""} onChange={(e) => set({ kind: e.target.value, ...(PAPERS.some((kind) => kind === e.target.value) === Boolean(paper) ? {} : { state: "" }) })}>
              <option value="">{t("all")}</option>
              <option value="invoice">{t("paper.invoice")}</option>
              <option value="credit_note">{t("paper.credit_note")}</option>
              <option value="receipt">{t("paper.receipt")}</option>
              <option value="quotation">{t("paper.quotation")}</option>
              <option value="pro_forma">{t("paper.pro_forma")}</option>
            </select>
          )}
        </Field>
        {paper ? null : (
          <Field label={t("doc.activity")}>
            {(id) => (
              <select id={id} value={activity ?? ""} onChange={(e) => set({ activity: e.target.value })}>
                <option value="">{t("all")}</option>
                {ACTIVITIES.map((name) => (
                  <option key={name} value={name}>
                    {t(`doc.activities.${name}`)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Field label={t("doc.state")}>
          {(id) => (
            <select id={id} value={filters.state ?? ""} onChange={(e) => set({ state: e.target.value })}>
              <option value="">{t("all")}</option>
              {paper
                ? PAPER_STATES.map((state) => (
                    <option key={state} value={state}>
                      {t(`prelim.state.${state}`)}
                    </option>
                  ))
                : PAID.map((state) => (
                    <option key={state} value={state}>
                      {t(`doc.${state}`)}
                    </option>
                  ))}
            </select>
          )}
        </Field>
        <SearchField label={t("doc.customer")} value={filters.q ?? ""} onSettle={(q) => set({ q })} />
      </div>
      {paper && issuers.isSuccess ? <Preliminaries key={JSON.stringify(common)} asked={{ ...common, kind: paper, ...(filters.state ? { state: filters.state as "open" } : {}) }} /> : null}
      {query.isPending && !paper ? <Loading /> : null}
      {query.isError && !paper ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it?.totals ? <Totals totals={it.totals} /> : null}
      {it && it.data.length > 0 ? (
        <p className="toolbar">
          {issuer ? <Zip key={JSON.stringify(zipped)} asked={{ issuer_id: issuer, month, ...zipped }} /> : null} <a href={`/api/v1/documents?${address("csv")}`}>CSV</a> <a href={`/api/v1/documents?${address("xlsx")}`}>XLSX</a>
        </p>
      ) : null}
      {issuer && !paper ? <Books issuer={issuer} month={month} /> : null}
      {issuer && !paper ? <Receipts /> : null}
      {it?.data.length === 0 ? <Empty>{t("doc.none")}</Empty> : null}
      {it && it.data.length > 0 ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={t("nav.documents")}>
          <table className="data">
            <thead>
              <tr>
                <th scope="col">{t("doc.number")}</th>
                <th scope="col">{t("doc.date")}</th>
                <th scope="col">{t("doc.customer")}</th>
                <th scope="col">{t("doc.state")}</th>
                <th scope="col">{t("net")}</th>
                <th scope="col">{t("vat")}</th>
                <th scope="col">{t("gross")}</th>
                <th scope="col">SdI</th>
                <th scope="col">PDF</th>
              </tr>
            </thead>
            <tbody>
              {it.data.map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    {row.number} <small className="muted">{t(`paper.${row.kind}`)}</small>
                  </th>
                  <td>{dayText(row.issued_on)}</td>
                  <td>{row.customer}</td>
                  <td>{t(`doc.${row.payment_state}`)}</td>
                  <td>{money(row.net)}</td>
                  <td>{money(row.vat)}</td>
                  <td>{money(row.gross)}</td>
                  <td>
                    <SdiCell paper={row} />
                    <Dispatched paper={row} />
                  </td>
                  <td>
                    {row.files[0]?.ready ? <a href={row.files[0].href} aria-label={`PDF ${row.number}`}>PDF</a> : <small className="muted">{t("doc.coming")}</small>}
                    {row.actions["credit"]?.allowed ? (
                      <>
                        {" "}
                        <Link to="/manage/documents/new" search={{ corrects: row.id }} aria-label={t("issue.creditOf", { number: row.number })}>
                          {t("issue.credit")}
                        </Link>
                      </>
                    ) : null}
                    {" "}
                    <GiveBack paper={row} onAsk={giveBack} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {giving ? <GivingBack paper={giving} close={() => giveBack(null)} /> : null}
      {it?.next_cursor ? <Button onClick={() => turn(it.next_cursor ?? undefined)}>{t("later")} →</Button> : null}
    </>
  );
}

function Totals({ totals }: { totals: Schemas["TotalsShape"] }) {
  const { t } = useTranslation();
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={t("doc.totals", { count: totals.documents })}>
      <table className="data totals">
        <caption>{t("doc.totals", { count: totals.documents })}</caption>
        <thead>
          <tr>
            <th scope="col">{t("doc.rate")}</th>
            <th scope="col">{t("net")}</th>
            <th scope="col">{t("vat")}</th>
            <th scope="col">{t("gross")}</th>
          </tr>
        </thead>
        <tbody>
          {totals.by_rate.map((row) => (
            <tr key={row.rate + row.natura}>
              <th scope="row">
                {rateText(row.rate)} {row.natura}
              </th>
              <td>{money(row.net)}</td>
              <td>{money(row.vat)}</td>
              <td>{money(row.gross)}</td>
            </tr>
          ))}
          <tr className="total">
            <th scope="row">{t("total")}</th>
            <td>{money(totals.net)}</td>
            <td>{money(totals.vat)}</td>
            <td>{money(totals.gross)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

type Export = NonNullable<Paths["/api/v1/exports"]["get"]["parameters"]["query"]>;

/** What the list shows as one zip. The work may be left: whoever comes back finds it where it is by now. */
function Zip({ asked }: { asked: Export }) {
  const { t } = useTranslation();
  const last = api.useQuery("get", "/api/v1/exports", { params: { query: asked } }, { refetchInterval: (q) => (running(q.state.data?.job) ? 1000 : false) });
  const start = useMutation({
    mutationFn: () => client.POST("/api/v1/exports", { params: { header: keyed() }, body: { kind: "month", ...asked } }),
    onSettled: () => last.refetch(),
  });
  const job = last.data?.job;
  const file = job?.files[0];
  return (
    <>
      {file ? (
        <a className="button main" href={file.href}>
          {t("doc.download")} {file.name}
        </a>
      ) : null}
      <Button busy={start.isPending || running(job)} onClick={() => start.mutate()}>
        {file ? t("doc.zipAgain") : asked.kinds || asked.activity || asked.payment_state || asked.q ? t("doc.zipChosen") : t("doc.zip")}
      </Button>
      {job && running(job) ? (
        <>
          <progress max={job.progress.total || 1} value={job.progress.done} aria-label={t("doc.zip")} /> <small className="muted">{t("doc.zipLeave")}</small>
        </>
      ) : null}
      {last.isError ? <Failure error={last.error} /> : null}
      {start.isError ? <Failure error={start.error} /> : null}
    </>
  );
}

const running = (job: Schemas["Job"] | null | undefined): boolean => job?.state === "queued" || job?.state === "running";
