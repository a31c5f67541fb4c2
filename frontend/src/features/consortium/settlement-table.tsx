import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { money, rateText } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Failure, Loading } from "../../ui/basics";
import { unitsText } from "../../ui/units";
import { COLUMNS } from "./columns";

type Figures = Schemas["SettlementFigures"];
type Line = Schemas["SettlementLine"];

/** What each partner's balance is made of: a column a partner, a row for each thing that moves it. */
export function PartnersTable({ figures, label }: { figures: Figures; label: string }) {
  const { t } = useTranslation();
  const shown = COLUMNS.filter((name) => figures.partners.some((p) => p.columns?.[name]?.cents));
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={label}>
      <table className="data">
        <caption className="visually-hidden">{label}</caption>
        <thead>
          <tr>
            <th scope="col">{t("cons.makes")}</th>
            {figures.partners.map((p) => (
              <th scope="col" key={p.id} className={p.is_mine ? "own" : ""}>
                {p.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((name) => (
            <tr key={name}>
              <th scope="row">{t(`cons.column.${name}`)}</th>
              {figures.partners.map((p) => (
                <td key={p.id}>{p.columns?.[name] ? money(p.columns[name]) : name === "takings" ? money(p.takings) : <span className="muted">–</span>}</td>
              ))}
            </tr>
          ))}
          <tr className="total">
            <th scope="row">{t("cons.balance")}</th>
            {figures.partners.map((p) => (
              <td key={p.id}>{p.balance ? money(p.balance) : <small className="muted">{t("report.totalsOnly")}</small>}</td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function nameOf(figures: Figures, id: string | null): string {
  return figures.partners.find((p) => p.id === id)?.name ?? "";
}

/** What a line is about, in words. */
export function useLineText(figures: Figures): (line: Line) => string {
  const { t } = useTranslation();
  return (line) =>
    [
      t(`cons.line.${line.kind as "takings"}`),
      line.resource?.name,
      line.rate ? `${rateText(line.rate)} ${line.natura}`.trim() : "",
      line.cost && [line.cost.supplier, line.cost.document, line.cost.description, line.cost.category].filter(Boolean).join(", "),
      line.late && [line.late.booking, line.late.month].filter(Boolean).join(", "),
      line.dispute && [line.dispute.documents, dayText(line.dispute.on)].filter(Boolean).join(", "),
      line.bookings ? `× ${line.bookings}` : "",
      line.minutes ? unitsText("minutes", line.minutes, t) : "",
      nameOf(figures, line.issuer_id ?? line.payer_id),
    ]
      .filter(Boolean)
      .join(" · ");
}

/** Every line with each partner's part; each opens what is behind it. */
export function LinesTable({ settlement, children }: { settlement: Schemas["Settlement"]; children: (line: Line) => React.ReactNode }) {
  const { t } = useTranslation();
  const figures = settlement.figures;
  const text = useLineText(figures);
  const [open, show] = useState<string>();
  const partners = figures.partners.filter((p) => p.columns);
  const wide = partners.length + 4;
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={t("cons.lines")}>
      <table className="data wrapped">
        <thead>
          <tr>
            <th scope="col">{t("cons.lines")}</th>
            <th scope="col">{t("cons.ruleUsed")}</th>
            <th scope="col">{t("net")}</th>
            {partners.map((p) => (
              <th scope="col" key={p.id}>
                {p.name}
              </th>
            ))}
            <th scope="col">{t("cons.acts")}</th>
          </tr>
        </thead>
        {figures.lines.map((line) => (
          <tbody key={line.key}>
            <tr id={line.key}>
              <th scope="row">
                {text(line)}
                <small className="muted">
                  {" "}
                  {figures.stretches.length > 1 ? `${dayText(line.from_on)} → · v${line.version}` : ""}
                </small>
              </th>
              <td>
                {line.rule ? t(`cons.rule.${line.rule as "shares"}`) : "–"}
                {line.instead_of ? <small className="muted"> ({t("cons.insteadOf", { rule: t(`cons.rule.${line.instead_of as "hours"}`) })})</small> : null}
              </td>
              <td>{line.kind === "waived" || line.kind === "allowance" ? <span className="muted">{money(line.gross)}</span> : money(line.net)}</td>
              {partners.map((p) => {
                const part = line.parts.find((one) => one.partner_id === p.id);
                return <td key={p.id}>{part?.amount.cents ? money(part.amount) : <span className="muted">–</span>}</td>;
              })}
              <td className="acts">
                {line.issuer_id && line.kind !== "levelling" ? (
                  <button type="button" className="link" aria-expanded={open === line.key} onClick={() => show(open === line.key ? undefined : line.key)}>
                    {t("cons.behind")}
                  </button>
                ) : null}
                {children(line)}
              </td>
            </tr>
            {open === line.key ? (
              <tr>
                <td colSpan={wide}>
                  <Behind settlement={settlement.id} line={line.key} />
                </td>
              </tr>
            ) : null}
          </tbody>
        ))}
        <tfoot>
          <tr className="total">
            <th scope="row">{t("cons.ledger")}</th>
            <td>–</td>
            <td>{money(figures.total.net)}</td>
            {partners.map((p) => (
              <td key={p.id}>{money(p.takings)}</td>
            ))}
            <td>–</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Behind({ settlement, line }: { settlement: string; line: string }) {
  const { t } = useTranslation();
  const [cursor, turn] = useState<string>();
  const query = api.useQuery("get", "/api/v1/settlements/{settlement_id}/lines/{key}", { params: { path: { settlement_id: settlement, key: line }, query: cursor ? { cursor } : {} } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <table className="data behind">
        <thead>
          <tr>
            <th scope="col">{t("doc.date")}</th>
            <th scope="col">{t("cons.booking")}</th>
            <th scope="col">{t("cons.document")}</th>
            <th scope="col">{t("doc.customer")}</th>
            <th scope="col">{t("net")}</th>
          </tr>
        </thead>
        <tbody>
          {query.data.data.map((row) => (
            <tr key={row.id}>
              <td>{dayText(row.on)}</td>
              <td>{row.booking ?? "–"}</td>
              <td>{row.document ? <a href={`/api/v1/documents/${row.document.id}/files/pdf`}>{row.document.name}</a> : "–"}</td>
              <td>{row.customer ?? "–"}</td>
              <td>{money(row.net)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {query.data.next_cursor ? <Button onClick={() => turn(query.data.next_cursor ?? undefined)}>{t("later")} →</Button> : null}
    </>
  );
}

/** What partners have to issue to each other, and who pays whom. */
export function PapersAndTransfers({ figures }: { figures: Figures }) {
  const { t } = useTranslation();
  return (
    <>
      {figures.papers.length > 0 ? (
        <section aria-labelledby="papers">
          <h2 id="papers">{t("cons.papers")}</h2>
          <div className="scroll" tabIndex={0} role="group" aria-label={t("cons.papers")}>
            <table className="data wrapped">
              <thead>
                <tr>
                  <th scope="col">{t("cons.issues")}</th>
                  <th scope="col">{t("cons.toWhom")}</th>
                  <th scope="col">{t("cons.document")}</th>
                  <th scope="col">{t("net")}</th>
                  <th scope="col">{t("vat")}</th>
                  <th scope="col">{t("gross")}</th>
                </tr>
              </thead>
              <tbody>
                {figures.papers.map((paper) => (
                  <tr key={paper.seller_id + paper.buyer_id}>
                    <th scope="row">{nameOf(figures, paper.seller_id)}</th>
                    <td>{nameOf(figures, paper.buyer_id)}</td>
                    <td className="words">
                      {t(`paper.${paper.kind}`)}{" "}
                      <small className="muted">
                        {Object.keys(paper.reasons)
                          .map((reason) => t(`cons.line.${reason as "takings"}`))
                          .join(", ")}
                      </small>
                    </td>
                    <td>{money(paper.net)}</td>
                    <td>
                      {money(paper.vat)} <small className="muted">{rateText(paper.rate)} {paper.natura}</small>
                    </td>
                    <td>{money(paper.gross)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      ) : null}
      {figures.transfers.length > 0 ? (
        <section aria-labelledby="transfers">
          <h2 id="transfers">{t("cons.transfers")}</h2>
          <ul className="reasons">
            {figures.transfers.map((one) => (
              <li key={one.payer_id + one.payee_id}>
                {nameOf(figures, one.payer_id)} → {nameOf(figures, one.payee_id)}: <strong>{money(one.amount)}</strong>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}
