import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Empty, Failure, Loading } from "../../ui/basics";
import type { Draft } from "./draft";

/** Which of the customer's documents it goes on from: looked for once somebody asks. */
export function Related({ draft, onChange }: { draft: Draft; onChange: (change: Partial<Draft>) => void }) {
  const { t } = useTranslation();
  const [open, unfold] = useState(draft.related.length > 0);
  return (
    <details open={open} onToggle={(e) => unfold(e.currentTarget.open)}>
      <summary>
        {t("issue.related")}
        {draft.related.length > 0 ? ` (${draft.related.map((one) => one.name).join(", ")})` : ""}
      </summary>
      <p className="hint">{t("issue.relatedHint")}</p>
      {open && draft.customer ? <Papers draft={draft} customer={draft.customer} onChange={onChange} /> : null}
      {draft.customer ? null : <p className="muted">{t("issue.relatedFirst")}</p>}
    </details>
  );
}

function Papers({ draft, customer, onChange }: { draft: Draft; customer: NonNullable<Draft["customer"]>; onChange: (change: Partial<Draft>) => void }) {
  const { t } = useTranslation();
  const body = customer.id.startsWith("org_") ? { organisation_id: customer.id } : { person_id: customer.id };
  const query = api.useQuery("get", "/api/v1/documents", { params: { query: { ...body, issuer_id: draft.issuer, kind: ["invoice", "credit_note"], limit: 50 } } }, { enabled: Boolean(draft.issuer) });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const papers = query.data.data.filter((paper) => paper.id !== draft.corrects?.id);
  if (papers.length === 0) return <Empty>{t("issue.noRelated")}</Empty>;
  const isOn = (id: string) => draft.related.some((one) => one.id === id);
  const turn = (paper: { id: string; number: string }) => onChange({ related: isOn(paper.id) ? draft.related.filter((one) => one.id !== paper.id) : [...draft.related, { id: paper.id, name: paper.number }] });
  return (
    <fieldset className="boxes" data-place="/related_ids" tabIndex={-1}>
      <legend>{t("issue.related")}</legend>
      {papers.map((paper) => (
        <label key={paper.id}>
          <input type="checkbox" checked={isOn(paper.id)} onChange={() => turn(paper)} /> {t(`paper.${paper.kind}`)} {paper.number} · {dayText(paper.issued_on)} · {money(paper.gross)}
        </label>
      ))}
    </fieldset>
  );
}
