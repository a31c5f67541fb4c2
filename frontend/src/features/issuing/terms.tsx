import { useTranslation } from "react-i18next";
import { Field } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { FUNDS, WITHHOLDINGS, type Draft } from "./draft";
import { Related } from "./related";

const METHODS = ["transfer", "account", "card", "cash", "pos", "sepa"] as const;
const STAMPS = ["recharged", "borne", "none"] as const;
const ACTIVITIES = ["institutional", "commercial", "mixed"] as const;

interface Props {
  draft: Draft;
  issuers: readonly { id: string; name: string }[];
  onChange: (change: Partial<Draft>) => void;
}

/** How and until when it is paid, stamp duty, the public body's codes, and what is of professionals. */
export function Terms({ draft, issuers, onChange }: Props) {
  const { t } = useTranslation();
  const receipt = draft.kind === "receipt";
  const others = issuers.filter((one) => one.id !== draft.issuer);
  return (
    <section className="panel wide" aria-labelledby="terms">
      <h2 id="terms">{t("issue.terms")}</h2>
      <div className="pair">
        <Field label={t("issue.method")}>
          {(id) => (
            <select id={id} data-place="/method" value={draft.method} onChange={(e) => onChange({ method: e.target.value as Draft["method"] })}>
              <option value="">–</option>
              {METHODS.map((name) => (
                <option key={name} value={name}>
                  {t(`issue.methods.${name}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("issue.due")}>{(id) => <input id={id} type="date" data-place="/due_on" value={draft.due} onChange={(e) => onChange({ due: e.target.value })} />}</Field>
        <Field label={t("issue.stamp")}>
          {(id) => (
            <select id={id} data-place="/stamp" value={draft.stamp} onChange={(e) => onChange({ stamp: e.target.value as Draft["stamp"] })}>
              {STAMPS.map((name) => (
                <option key={name} value={name}>
                  {t(`issue.stamps.${name}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {draft.kind === "credit_note" ? null : (
        <Choice
          label={t("doc.activity")}
          place="/activity"
          value={draft.activity}
          none={t("issue.activityUsual", { activity: t(`doc.activities.${receipt ? "institutional" : "commercial"}`) })}
          among={ACTIVITIES.map((id) => ({ id, name: t(`doc.activities.${id}`) }))}
          onChange={(id) => onChange({ activity: id as Draft["activity"] })}
        />
      )}
      {draft.paper ? null : (
        <div className="pair">
          <Field label={t("issue.operation")} hint={t("issue.operationHint")}>
            {(id, described) => <input id={id} aria-describedby={described} type="date" data-place="/operation_on" value={draft.operation} onChange={(e) => onChange({ operation: e.target.value })} />}
          </Field>
          {draft.operation ? (
            <Field label={t("issue.late")} hint={t("issue.lateHint")}>
              {(id, described) => <input id={id} aria-describedby={described} maxLength={300} data-place="/late" value={draft.late} onChange={(e) => onChange({ late: e.target.value })} />}
            </Field>
          ) : null}
        </div>
      )}
      <label className="check">
        <input type="checkbox" data-place="/with_vat" checked={draft.withVat} onChange={(e) => onChange({ withVat: e.target.checked })} /> {t("issue.withVat")}
      </label>
      {receipt ? null : (
        <label className="check">
          <input type="checkbox" data-place="/split" checked={draft.split} onChange={(e) => onChange({ split: e.target.checked })} /> {t("bills.split")}
        </label>
      )}
      <Field label={t("issue.reason")} hint={t("issue.reasonHint")}>
        {(id, described) => <input id={id} aria-describedby={described} maxLength={1000} data-place="/reasons/0" value={draft.reason} onChange={(e) => onChange({ reason: e.target.value })} />}
      </Field>
      {receipt ? null : <Related key={`${draft.issuer} ${draft.customer?.id}`} draft={draft} onChange={onChange} />}
      {others.length > 0 ? (
        <Field label={t("issue.issuedBy")} hint={t("issue.issuedByHint")}>
          {(id, described) => (
            <select id={id} aria-describedby={described} data-place="/issued_by_id" value={others.some((one) => one.id === draft.issuedBy) ? draft.issuedBy : ""} onChange={(e) => onChange({ issuedBy: e.target.value })}>
              <option value="">{t("issue.itself")}</option>
              {others.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {receipt ? null : (
        <details open={Boolean(draft.order || draft.cig || draft.cup) || undefined}>
          <summary>{t("issue.public")}</summary>
          <div className="pair">
            <Field label={t("bills.order")}>{(id) => <input id={id} maxLength={20} data-place="/asked/id" value={draft.order} onChange={(e) => onChange({ order: e.target.value })} />}</Field>
            <Field label="CIG">{(id) => <input id={id} maxLength={10} data-place="/asked/cig" value={draft.cig} onChange={(e) => onChange({ cig: e.target.value.toUpperCase().trim() })} />}</Field>
            <Field label="CUP">{(id) => <input id={id} maxLength={15} data-place="/asked/cup" value={draft.cup} onChange={(e) => onChange({ cup: e.target.value.toUpperCase().trim() })} />}</Field>
          </div>
        </details>
      )}
      {receipt || draft.withVat ? null : (
        <details open={Boolean(draft.withholding || draft.fund) || undefined}>
          <summary>{t("issue.professional")}</summary>
          <div className="pair">
            <Field label={t("issue.withholding")}>
              {(id) => <input id={id} type="number" min={0} max={100} step="any" data-place="/withholding/percent" value={draft.withholding} onChange={(e) => onChange({ withholding: e.target.value })} />}
            </Field>
            <Choice label={t("issue.withholdingKind")} place="/withholding/kind" value={draft.withholdingKind} among={WITHHOLDINGS.map((id) => ({ id, name: `${id} ${t(`issue.held.${id}`)}` }))} onChange={(id) => onChange({ withholdingKind: id })} />
            <Field label={t("issue.withholdingReason")}>
              {(id) => <input id={id} maxLength={2} data-place="/withholding/reason" value={draft.withholdingReason} onChange={(e) => onChange({ withholdingReason: e.target.value.toUpperCase().trim() })} />}
            </Field>
          </div>
          <div className="pair">
            <Field label={t("issue.fund")}>
              {(id) => <input id={id} type="number" min={0} max={100} step="any" data-place="/fund/percent /fund/natura" value={draft.fund} onChange={(e) => onChange({ fund: e.target.value })} />}
            </Field>
            <Choice label={t("issue.fundKind")} place="/fund/kind" value={draft.fundKind} among={FUNDS.map((id) => ({ id, name: id === "TC22" ? "TC22 INPS" : id }))} onChange={(id) => onChange({ fundKind: id })} />
          </div>
        </details>
      )}
    </section>
  );
}
