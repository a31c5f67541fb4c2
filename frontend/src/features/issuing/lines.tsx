import { useTranslation } from "react-i18next";
import { money, type Money } from "../../kernel/money";
import { NATURES, type Natura } from "../../kernel/natures";
import { Button, Field } from "../../ui/basics";
import { LAWS, LINE, ON_A_RECEIPT, RATES, type Draft, type LineDraft } from "./draft";

interface Props {
  draft: Draft;
  nets: readonly Money[] | undefined;
  onChange: (lines: LineDraft[]) => void;
}

/** What is sold, line by line, each with its rate or why there is none. */
export function Lines({ draft, nets, onChange }: Props) {
  const { t } = useTranslation();
  const { lines } = draft;
  return (
    <section className="panel wide" aria-labelledby="lines">
      <h2 id="lines">{t("issue.lines")}</h2>
      {lines.map((line, n) => (
        <OneLine
          key={n}
          n={n}
          line={line}
          draft={draft}
          net={nets?.[n]}
          onChange={(change) => onChange(lines.map((one, at) => (at === n ? { ...one, ...change } : one)))}
          onRemove={lines.length > 1 ? () => onChange(lines.filter((_, at) => at !== n)) : undefined}
        />
      ))}
      <Button onClick={() => onChange([...lines, { ...LINE, ...(draft.kind === "receipt" ? { rate: "0", natura: "N2.2" as const } : {}) }])}>{t("issue.addLine")}</Button>
    </section>
  );
}

interface OneProps {
  n: number;
  line: LineDraft;
  draft: Draft;
  net: Money | undefined;
  onChange: (change: Partial<LineDraft>) => void;
  onRemove: (() => void) | undefined;
}

function OneLine({ n, line, draft, net, onChange, onRemove }: OneProps) {
  const { t } = useTranslation();
  const at = (field: string) => `/lines/${n}/${field}`;
  const receipt = draft.kind === "receipt";
  const odd = !line.natura && !RATES.includes(line.rate);
  return (
    <fieldset className="issue-line">
      <legend>{t("issue.line", { n: n + 1 })}</legend>
      <Field label={t("issue.description")}>
        {(id) => <textarea id={id} rows={1} maxLength={5000} required data-place={at("description")} value={line.description} onChange={(e) => onChange({ description: e.target.value })} />}
      </Field>
      <div className="pair">
        <Field label={t("issue.quantity")}>
          {(id) => <input id={id} type="number" min={0} step="any" required data-place={at("quantity")} value={line.quantity} onChange={(e) => onChange({ quantity: e.target.value })} />}
        </Field>
        <Field label={t("issue.unit")}>{(id) => <input id={id} maxLength={10} data-place={at("unit")} value={line.unit} onChange={(e) => onChange({ unit: e.target.value })} />}</Field>
        <Field label={t(draft.withVat ? "issue.priceWith" : "issue.price")}>
          {(id) => <input id={id} type="number" step="any" required data-place={at("unit_price")} value={line.price} onChange={(e) => onChange({ price: e.target.value })} />}
        </Field>
        <Field label={t("issue.discount")}>
          {(id) => (
            <input id={id} type="number" {...(line.discountBy === "percent" ? { min: -100, max: 100 } : {})} step="any" data-place={at("discounts")} value={line.discount} onChange={(e) => onChange({ discount: e.target.value })} />
          )}
        </Field>
        <Field label={t("issue.discountBy")}>
          {(id) => (
            <select id={id} value={line.discountBy} onChange={(e) => onChange({ discountBy: e.target.value as LineDraft["discountBy"] })}>
              <option value="percent">{t("issue.discountIn.percent")}</option>
              <option value="amount">{t("issue.discountIn.amount")}</option>
            </select>
          )}
        </Field>
      </div>
      <div className="pair">
        <Field label={t("vat")}>
          {(id) => (
            <select
              id={id}
              data-place={odd ? at("natura") : `${at("natura")} ${at("rate")}`}
              value={line.natura || (odd ? "odd" : line.rate)}
              onChange={(e) => {
                const value = e.target.value;
                if (value.startsWith("N")) onChange({ natura: value as Natura, rate: "0", law: LAWS[value as Natura]?.[0] ?? "" });
                else onChange({ natura: "", law: "", rate: value === "odd" ? "" : value });
              }}
            >
              {receipt
                ? null
                : RATES.map((rate) => (
                    <option key={rate} value={rate}>
                      {rate}%
                    </option>
                  ))}
              {receipt ? null : <option value="odd">{t("issue.oddRate")}</option>}
              <optgroup label={t("issue.without")}>
                {(receipt ? ON_A_RECEIPT : NATURES).map((code) => (
                  <option key={code} value={code}>
                    {code} {t(`issue.natura.${NAMED[code] ?? NAMED[code.slice(0, 2)] ?? "n4"}`)}
                  </option>
                ))}
              </optgroup>
            </select>
          )}
        </Field>
        {odd ? (
          <Field label={t("issue.percent")}>
            {(id) => <input id={id} type="number" min={0.01} max={100} step="any" required data-place={at("rate")} value={line.rate} onChange={(e) => onChange({ rate: e.target.value })} />}
          </Field>
        ) : null}
        {line.natura ? (
          <Field label={t("issue.law")}>
            {(id) => (
              <>
                <input id={id} maxLength={100} list={`${id}-laws`} data-place={at("legal_text")} value={line.law} onChange={(e) => onChange({ law: e.target.value })} />
                <datalist id={`${id}-laws`}>
                  {LAWS[line.natura as Natura]?.map((law) => (
                    <option key={law}>{law}</option>
                  ))}
                </datalist>
              </>
            )}
          </Field>
        ) : null}
      </div>
      {draft.withholding ? (
        <label className="check">
          <input type="checkbox" data-place={at("withheld")} checked={line.withheld} onChange={(e) => onChange({ withheld: e.target.checked })} /> {t("issue.withheldHere")}
        </label>
      ) : null}
      <details>
        <summary>{t("issue.when")}</summary>
        <div className="pair">
          <Field label={t("issue.firstDay")}>{(id) => <input id={id} type="date" data-place={at("first_on")} value={line.from} onChange={(e) => onChange({ from: e.target.value })} />}</Field>
          <Field label={t("issue.lastDay")}>{(id) => <input id={id} type="date" data-place={at("last_on")} value={line.to} onChange={(e) => onChange({ to: e.target.value })} />}</Field>
        </div>
      </details>
      <p className="toolbar">
        {net ? (
          <span>
            {t("net")} <strong>{money(net)}</strong>
          </span>
        ) : null}
        {onRemove ? <Button onClick={onRemove}>{t("issue.removeLine", { n: n + 1 })}</Button> : null}
      </p>
    </fieldset>
  );
}

const NAMED: Record<string, "n1" | "n21" | "n22" | "n3" | "n4" | "n5" | "n6" | "n7"> = { N1: "n1", "N2.1": "n21", "N2.2": "n22", N3: "n3", N4: "n4", N5: "n5", N6: "n6", N7: "n7" };
