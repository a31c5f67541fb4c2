import { useTranslation } from "react-i18next";
import { Refusal, type Schemas } from "../../api/client";
import { money, rateText } from "../../kernel/money";
import { Failure } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { placeOf, ToPlace } from "../../ui/places";
import type { Draft } from "./draft";

type Preview = Schemas["DocumentPreview"];
interface Told {
  code: string;
  detail: string;
  place: string;
}

const OURS = new Set(["customer", "lines", "withholding", "fund", "asked", "method", "due_on", "operation_on", "late", "stamp", "split", "kind", "type", "reasons", "with_vat", "corrects_id", "valid_until", "related_ids", "issued_by_id", "series_id", "activity"]);
/** A field of this page, named by the first word of a place; a written customer's are here too. */
const here = (whose: string): boolean => OURS.has(whose);

/** What an answer that is no preview says of single fields. */
function pointed(error: unknown): Told[] {
  return error instanceof Refusal ? error.problem.pointers.map(({ pointer, code, detail }) => ({ code, detail, place: /^\/(payer|issuer)-/.test(pointer) ? placeOf(pointer.slice(1)) : pointer.replace(/^\/document\//, "/") })) : [];
}

/** A list of what is wrong or to be looked at, each with the way to its field. */
function Found({ title, told, draft }: { title: string; told: readonly Told[]; draft: Draft }) {
  if (told.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="found">
        {told.map((one) => (
          <li key={one.code + one.place + one.detail}>
            <span>
              {/^\d{5}$/.test(one.code) ? <b className="code">{one.code}</b> : null} {one.detail}
            </span>
            <ToPlace place={one.place} issuer={draft.issuer} customer={draft.customer?.id} here={here} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** What comes of it: totals by rate, what is added and kept, what the SdI would refuse and what to look at. */
export function Figures({ seen, draft }: { seen: Preview; draft: Draft }) {
  const { t } = useTranslation();
  const missing = seen.missing.map((code) => {
    const place = placeOf(code);
    const field = place.split("/")[2] ?? "";
    return { code, place, detail: t(place.startsWith("/customer") ? "issue.lacksCustomer" : "issue.lacksIssuer", { what: t(`fiscal.${field}` as "fiscal.city", { defaultValue: field }) }) };
  });
  return (
    <>
      <div className="scroll" tabIndex={0} role="group" aria-label={t("issue.totals")}>
        <table className="data totals">
          <thead>
            <tr>
              <th scope="col">{t("doc.rate")}</th>
              <th scope="col">{t("net")}</th>
              <th scope="col">{t("vat")}</th>
            </tr>
          </thead>
          <tbody>
            {seen.rates.map((row) => (
              <tr key={row.rate + row.natura + row.legal_text}>
                <th scope="row">
                  {rateText(row.rate)} {row.natura} {row.legal_text ? <small className="muted">{row.legal_text}</small> : null}
                </th>
                <td>{money(row.net)}</td>
                <td>{money(row.vat)}</td>
              </tr>
            ))}
            <tr className="total">
              <th scope="row">{t("total")}</th>
              <td>{money(seen.net)}</td>
              <td>{money(seen.vat)}</td>
            </tr>
          </tbody>
        </table>
      </div>
      <dl className="sums">
        {seen.fund.cents ? <Sum name={t("issue.fundOf")} amount={money(seen.fund)} /> : null}
        {seen.stamp.cents ? <Sum name={t("issue.stampOf")} amount={money(seen.stamp)} /> : null}
        <Sum name={t("issue.gross")} amount={money(seen.gross)} />
        {seen.withheld.cents ? <Sum name={t(`issue.keptOf.${draft.withholdingKind as "RT01"}`)} amount={`− ${money(seen.withheld)}`} /> : null}
        <Sum name={t("issue.toPay")} amount={money(seen.due)} strong />
      </dl>
      <div aria-live="polite">
        <Found title={t("issue.missing")} told={missing} draft={draft} />
        <Found title={t(draft.paper ? "prelim.later" : "issue.faults")} told={seen.faults} draft={draft} />
        <Found title={t("issue.cautions")} told={seen.cautions} draft={draft} />
        {missing.length + seen.faults.length + seen.cautions.length === 0 ? <p className="muted">✓ {t("issue.sound")}</p> : null}
      </div>
    </>
  );
}

/** In whose numbers it will be; nothing is said where there is nothing to choose. What was chosen and cannot be can be left. */
export function InSeries({ told, chosen, onChoose }: { told: Preview["series"] | undefined; chosen: string; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  if (!told) return chosen ? <Choice label={t("issue.series")} place="/series_id" value={chosen} none={t("issue.seriesAsUsual")} among={[{ id: chosen, name: t("issue.seriesChosen") }]} onChange={onChoose} /> : null;
  if (told.among.length < 2) return null;
  return <Choice label={t("issue.series")} place="/series_id" value={chosen} none={t("issue.seriesUsual", { code: told.usual.name })} among={told.among} onChange={onChoose} />;
}

function Sum({ name, amount, strong = false }: { name: string; amount: string; strong?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{strong ? <strong>{amount}</strong> : amount}</dd>
    </div>
  );
}

/** Why nothing could be reckoned: the fields at fault, or the server's own sentence. */
export function Unreckoned({ error, draft }: { error: unknown; draft: Draft }) {
  const { t } = useTranslation();
  const told = pointed(error);
  return told.length > 0 ? <Found title={t("issue.wrong")} told={told.map((one) => ({ ...one, detail: one.detail || t(one.code === "refund-instead" ? "issue.refundInstead" : "wrongValue") }))} draft={draft} /> : <Failure error={error} />;
}
