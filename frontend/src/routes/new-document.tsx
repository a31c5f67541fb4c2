import "../features/issuing/issuing.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, isRemembered, type Schemas } from "../api/client";
import { Customer } from "../features/issuing/customer";
import { BLANK, bodyOf, creditOf, lacking, LINE, ON_A_RECEIPT, TYPES, type Draft, type Kind } from "../features/issuing/draft";
import { Figures, InSeries, Unreckoned } from "../features/issuing/figures";
import { isReused, useKept } from "../features/issuing/kept";
import { Lines } from "../features/issuing/lines";
import { Terms } from "../features/issuing/terms";
import { money } from "../kernel/money";
import { Button, Failure, Field, heir, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";
import { useSettled } from "../ui/settled";

type Paper = Schemas["Document"];
type Prelim = Schemas["Preliminary"];
const KINDS = ["invoice", "receipt", "credit_note", "quotation", "pro_forma"] as const;
const PAPERS: readonly string[] = ["quotation", "pro_forma"];
// The figures follow whoever writes, and not each letter.
const PAUSE = 400;

/** A document written by hand, or the credit note of one that was. */
export default function NewDocument() {
  const { t } = useTranslation();
  const go = useNavigate();
  const [made, tell] = useState<Paper | Prelim | null>(null);
  const [begun, begin] = useState(0);
  const asked = useSearch({ strict: false }) as { issuer?: string; corrects?: string };
  const issuers = api.useQuery("get", "/api/v1/issuers", { params: { query: {} } });
  const corrected = api.useQuery("get", "/api/v1/documents/{document_id}", { params: { path: { document_id: asked.corrects ?? "" } } }, { enabled: Boolean(asked.corrects) });
  const written = api.useQuery("get", "/api/v1/documents/{document_id}/as-written", { params: { path: { document_id: asked.corrects ?? "" } } }, { enabled: Boolean(asked.corrects) });
  const failed = [issuers, corrected, written].find((query) => query.isError);
  const paper = corrected.data;
  const issuer = asked.issuer ?? issuers.data?.data[0]?.id ?? "";
  const blank: Draft = paper && written.data ? creditOf(paper, written.data) : { ...BLANK, issuer };
  const afresh = () => begin((times) => times + 1);
  const issued = (it: Paper | Prelim) => {
    tell(it);
    afresh();
    window.scrollTo({ top: 0 });
    void go({ to: "/manage/documents/new", search: { issuer: it.issuer.id }, replace: true });
  };
  return (
    <>
      <p>
        <Link to="/manage/documents" search={issuer ? { issuer } : {}}>
          ← {t("nav.documents")}
        </Link>
      </p>
      <Title>{t("issue.title")}</Title>
      {failed ? <Failure error={failed.error} retry={() => void failed.refetch()} /> : null}
      {!failed && (issuers.isPending || (asked.corrects && (corrected.isPending || written.isPending))) ? <Loading /> : null}
      {made ? "files" in made ? <Made key={made.id} paper={made} /> : <Written key={made.id} paper={made} /> : null}
      {issuers.data && ((paper && written.data) || !asked.corrects) ? <Writing key={`${begun} ${asked.corrects} ${asked.issuer}`} corrects={asked.corrects} blank={blank} issuers={issuers.data.data} onIssued={issued} onDrop={afresh} /> : null}
    </>
  );
}

function Made({ paper }: { paper: Paper }) {
  const { t } = useTranslation();
  return (
    <div className="note" role="status" tabIndex={-1} ref={heir}>
      <p>
        ✓ {t("issue.made", { kind: t(`paper.${paper.kind}`), number: paper.number, customer: paper.customer })} <strong>{money(paper.gross)}</strong>
      </p>
      <p className="toolbar">
        {paper.files.map((file) => (
          <a key={file.kind} href={file.href}>
            {file.kind.toUpperCase()}
          </a>
        ))}
        <Link to="/manage/documents" search={{ issuer: paper.issuer.id, month: paper.issued_on.slice(0, 7) }}>
          {t("issue.inTheList")}
        </Link>
      </p>
    </div>
  );
}

function Written({ paper }: { paper: Prelim }) {
  const { t } = useTranslation();
  return (
    <div className="note" role="status" tabIndex={-1} ref={heir}>
      <p>
        ✓ {t("prelim.made", { kind: t(`paper.${paper.kind}`), number: paper.number, customer: paper.customer })} <strong>{money(paper.gross)}</strong>
      </p>
      <p className="toolbar">
        <a href={paper.href}>PDF</a>
        <Link to="/manage/documents" search={{ issuer: paper.issuer.id, month: paper.written_on.slice(0, 7), kind: paper.kind }}>
          {t("issue.inTheList")}
        </Link>
      </p>
    </div>
  );
}

interface WritingProps {
  corrects: string | undefined;
  blank: Draft;
  issuers: readonly Schemas["IssuerShape"][];
  onIssued: (paper: Paper | Prelim) => void;
  /** What was written is thrown away. */
  onDrop: () => void;
}

/** What it comes to and what is wrong with it is said while one writes; then it is issued. */
function Writing({ corrects, blank, issuers, onIssued, onDrop }: WritingProps) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const kept = useKept(corrects, blank);
  const { draft, key, write: set } = kept;
  const turn = (kind: Kind) => set({ kind, series: "", type: TYPES[kind][0] ?? "", lines: draft.lines.map((line) => (kind === "receipt" && !ON_A_RECEIPT.some((code) => code === line.natura) ? { ...line, rate: "0", natura: "N2.2", law: "" } : kind !== "receipt" && draft.kind === "receipt" ? { ...line, rate: LINE.rate, natura: "", law: "" } : line)) });
  const lacks = lacking(draft) || (draft.kind === "credit_note" && !draft.corrects ? "corrects" : "");
  const paper = draft.paper;
  const choose = (id: string) => {
    const asPaper = PAPERS.includes(id);
    turn(asPaper ? "invoice" : (id as Kind));
    set({ paper: asPaper ? (id as Prelim["kind"]) : "" });
  };
  const body = bodyOf(draft);
  const settled = useSettled(body, PAUSE);
  const moving = JSON.stringify(settled) !== JSON.stringify(body);
  const preview = useQuery({
    queryKey: ["document-preview", settled, i18n.language],
    enabled: !lacks && !moving,
    retry: false,
    staleTime: 0,
    placeholderData: (before) => before,
    queryFn: async () => (await client.POST("/api/v1/documents/preview", { body: settled })).data ?? null,
  });
  const issue = useMutation({
    mutationFn: async () => {
      kept.keep();
      const header = { "Idempotency-Key": key };
      if (paper) return (await client.POST("/api/v1/preliminaries", { params: { header }, body: { kind: paper, valid_until: draft.validUntil || null, document: body } })).data;
      return (await client.POST("/api/v1/documents", { params: { header }, body })).data;
    },
    onSuccess: () => {
      kept.forget();
      void queries.invalidateQueries();
    },
    // What got no answer may have been done, and is asked again under the same key.
    onError: (error) => isRemembered(error) && kept.renew(),
  });
  const doubtful = isReused(issue.error);
  const seen = lacks ? null : preview.data;
  const behind = moving || preview.isFetching;
  const why = lacks
    ? t(`issue.first.${lacks}`)
    : doubtful
      ? t("issue.first.doubt")
      : paper === "quotation" && !draft.validUntil
        ? t("issue.first.until")
      : !paper && seen && seen.missing.length + seen.faults.length > 0
        ? t("issue.first.faults")
        : !paper && !draft.late.trim() && seen?.cautions.some((one) => one.code === "issued-late")
          ? t("issue.first.late")
        : !seen || preview.isError
          ? t("issue.first.preview")
          : undefined;
  return (
    <div className="issue">
      <div>
        <div className="toolbar">
          <Choice label={t("doc.issuer")} value={draft.issuer} among={issuers} onChange={(issuer) => set({ issuer, corrects: null, related: [], series: "" })} />
          <Choice
            label={t("doc.kind")}
            value={paper || draft.kind}
            place="/kind"
            among={KINDS.filter((id) => id !== "credit_note" || draft.corrects).map((id) => ({ id, name: t(`paper.${id}`) }))}
            onChange={choose}
          />
          {paper ? (
            <Field label={t("prelim.until")} hint={t("prelim.untilHint")}>
              {(id, described) => <input id={id} aria-describedby={described} type="date" data-place="/valid_until" value={draft.validUntil} onChange={(e) => set({ validUntil: e.target.value })} />}
            </Field>
          ) : null}
          {TYPES[draft.kind].length > 1 ? <Choice label={t("issue.type")} place="/type" value={draft.type} among={TYPES[draft.kind].map((id) => ({ id, name: `${id} ${t(`issue.types.${id as "TD01"}`)}` }))} onChange={(type) => set({ type })} /> : null}
        </div>
        {paper ? <p className="muted">{t("prelim.note")}</p> : null}
        {draft.kind === "credit_note" ? <p>{draft.corrects ? t("issue.of", { number: draft.corrects.name }) : t("issue.first.corrects")}</p> : null}
        <Customer chosen={draft.customer} onChoose={(customer) => set({ customer })} />
        <Lines draft={draft} nets={lacks ? undefined : preview.data?.lines} onChange={(lines) => set({ lines })} />
        <Terms draft={draft} issuers={issuers} onChange={set} />
      </div>
      <section className="panel" aria-labelledby="figures" aria-busy={behind || undefined}>
        <h2 id="figures">{t("issue.figures")}</h2>
        {lacks ? <p className="muted">{t(`issue.first.${lacks}`)}</p> : null}
        {!lacks && preview.isError ? <Unreckoned error={preview.error} draft={draft} /> : null}
        {!lacks && !preview.isError && seen ? <Figures seen={seen} draft={draft} /> : null}
        {!lacks && preview.isPending ? <Loading /> : null}
        {!lacks && !paper && !preview.isPending ? <InSeries told={preview.data?.series} chosen={draft.series} onChoose={(series) => set({ series })} /> : null}
        <Button tone="main" busy={issue.isPending || (behind && !why)} why={why} onClick={() => issue.mutate(undefined, { onSuccess: (made) => made && onIssued(made) })}>
          {paper ? t("prelim.write", { kind: t(`prelim.of.${paper}`) }) : t("doc.issue")}
        </Button>
        {doubtful ? (
          <div className="failure" role="alert">
            <p>
              {t("issue.doubt")}{" "}
              <Link to="/manage/documents" search={{ issuer: draft.issuer }}>
                {t("issue.inTheList")}
              </Link>
            </p>
            <p className="toolbar">
              <Button
                onClick={() => {
                  kept.forget();
                  onDrop();
                }}
              >
                {t("issue.isThere")}
              </Button>
              <Button
                onClick={() => {
                  kept.renew();
                  issue.reset();
                }}
              >
                {t("issue.notThere")}
              </Button>
            </p>
          </div>
        ) : null}
        {issue.isError && !doubtful ? <Unreckoned error={issue.error} draft={draft} /> : null}
      </section>
    </div>
  );
}
