import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayAt, dayText, instantText } from "../../kernel/time";
import { Button, Failure, Field, Loading } from "../../ui/basics";

type Dispute = Schemas["Dispute"];
const ZONE = "Europe/Rome";
const day = (at: string) => dayText(dayAt(at, ZONE));

/** What customers' banks took back and is not decided, or was not taken as we answered it; each is answered once. */
export function Disputes({ issuer }: { issuer: string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/disputes", { params: { query: { issuer_id: issuer } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const open = query.data.data.filter((one) => one.state === "open" || one.state === "answered");
  if (open.length === 0) return <p className="note">✓ {t("disputes.none")}</p>;
  return (
    <ul className="rows">
      {open.map((one) => (
        <Row key={one.id} one={one} />
      ))}
    </ul>
  );
}

function Row({ one }: { one: Dispute }) {
  const { t } = useTranslation();
  const [shown, show] = useState(false);
  const refused = one.answer?.state === "refused";
  return (
    <li>
      <p>
        <strong>{money(one.amount)}</strong> · {one.customer ?? t("disputes.unknown")} · {one.reason}
      </p>
      <p className={refused ? "refused" : "muted"}>
        {one.answer ? t(`disputes.answer.${one.answer.state}`, { who: one.answer.by, at: instantText(one.answer.made_at, ZONE) }) : null}
        {!one.answer && one.state === "answered" ? t("disputes.elsewhere") : null}
        {!one.answer && one.state === "open" ? one.answer_by ? t("disputes.by", { at: instantText(one.answer_by, ZONE) }) : t("disputes.soon", { day: day(one.opened_at) }) : null}
      </p>
      <Button aria-expanded={shown} onClick={() => show(!shown)}>
        {t(one.answer ? "disputes.seeLeft" : "disputes.see")}
      </Button>
      {shown ? <Whole id={one.id} /> : null}
    </li>
  );
}

/** All that leaves, or has left; below it the two ways to answer. */
function Whole({ id }: { id: string }) {
  const { t } = useTranslation();
  const at = { params: { path: { dispute_id: id } } };
  const query = api.useQuery("get", "/api/v1/disputes/{dispute_id}", at);
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const { evidence, answer } = query.data;
  return (
    <section className="panel">
      <h2>{t(answer ? "disputes.left" : "disputes.leaves")}</h2>
      {answer?.choice === "accept" ? <p>{t("disputes.accepted")}</p> : null}
      <dl className="facts">
        {evidence.said.map((part) => (
          <Fragment key={part.name}>
            <dt>{t(`disputes.said.${part.name}`)}</dt>
            <dd className="lines">{part.text}</dd>
          </Fragment>
        ))}
        {evidence.document ? (
          <>
            <dt>{t("disputes.said.document")}</dt>
            <dd>{evidence.document.name} (PDF)</dd>
          </>
        ) : null}
      </dl>
      {answer ? null : <Answer whole={query.data} reload={() => void query.refetch()} />}
    </section>
  );
}

function Answer({ whole, reload }: { whole: Schemas["WholeDispute"]; reload: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [words, write] = useState("");
  const [giving, give] = useState(false);
  const at = { params: { path: { dispute_id: whole.id }, header: keyed() } };
  const again = { onSuccess: () => queries.invalidateQueries() };
  const contest = useMutation({ mutationFn: () => client.POST("/api/v1/disputes/{dispute_id}/contest", { ...at, body: { words, fingerprint: whole.evidence.fingerprint } }), ...again });
  const accept = useMutation({ mutationFn: () => client.POST("/api/v1/disputes/{dispute_id}/accept", at), ...again });
  const may = whole.actions["contest"];
  const why = may && !may.allowed ? may.reasons[0]?.detail : undefined;
  const failed = contest.error ?? accept.error;
  return (
    <>
      <Field label={t("disputes.words")} hint={t("disputes.wordsHint")}>
        {(id, described) => <textarea id={id} aria-describedby={described} rows={4} maxLength={5000} value={words} onChange={(e) => write(e.target.value)} />}
      </Field>
      <div className="toolbar">
        <Button tone="main" why={why} busy={contest.isPending} onClick={() => contest.mutate()}>
          {t("disputes.contest")}
        </Button>
        <Button why={why} aria-expanded={giving} onClick={() => give(!giving)}>
          {t("disputes.accept")}
        </Button>
      </div>
      <p className="muted">{t("disputes.once")}</p>
      {giving ? (
        <p className="toolbar">
          {t("disputes.acceptMeans", { amount: money(whole.amount) })}{" "}
          <Button tone="danger" busy={accept.isPending} onClick={() => accept.mutate()}>
            {t("disputes.acceptYes")}
          </Button>
        </p>
      ) : null}
      {failed ? <Failure error={failed} retry={reload} /> : null}
    </>
  );
}
