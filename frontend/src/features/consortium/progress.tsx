import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, queries, type Schemas } from "../../api/client";
import { addDays, dayText, instantText, today } from "../../kernel/time";
import { Button, Dialog, Failure, Field } from "../../ui/basics";
import { useLineText } from "./settlement-table";

type Settlement = Schemas["Settlement"];
const ZONE = "Europe/Rome";

type Plain = "reopen" | "close";

/** Where the month is on its way, who has approved, and what can be done now. */
export function Progress({ settlement }: { settlement: Settlement }) {
  const { t } = useTranslation();
  const [until, setUntil] = useState(addDays(today(ZONE), 10));
  const path = { settlement_id: settlement.id };
  const plain = useMutation({
    mutationFn: async (name: Plain) => {
      if (name === "close") await client.POST("/api/v1/settlements/{settlement_id}/close", { params: { path, header: keyed() } });
      else await client.POST("/api/v1/settlements/{settlement_id}/reopen", { params: { path, header: keyed() } });
    },
    onSuccess: () => queries.invalidateQueries(),
  });
  const approve = useMutation({
    mutationFn: () => client.POST("/api/v1/settlements/{settlement_id}/approve", { params: { path, header: keyed() }, body: {} }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const share = useMutation({
    mutationFn: () => client.POST("/api/v1/settlements/{settlement_id}/share", { params: { path, header: keyed() }, body: { objections_until: until } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const why = (name: string) => settlement.actions[name]?.reasons.map((reason) => reason.detail).join("; ");
  const mine = settlement.figures.partners.some((p) => p.is_mine);
  const leads = !settlement.actions["share"]?.reasons.some((reason) => reason.code === "forbidden");
  const failed = [plain, approve, share].find((act) => act.isError);
  return (
    <section className="panel wide" aria-label={t("cons.progress")}>
      <p>
        <strong>{t(`cons.state.${settlement.state}`)}</strong>
        {settlement.objections_until && settlement.state === "shared" ? ` · ${t("cons.objectUntil", { day: dayText(settlement.objections_until) })}` : ""}
        {settlement.closed_at ? ` · ${instantText(settlement.closed_at, ZONE)}` : ""}
      </p>
      {settlement.state === "draft" ? null : (
        <ul className="toolbar bare">
          {settlement.approvals.map((one) => (
            <li key={one.partner.id}>
              <span className={`badge ${one.at ? "confirmed" : ""}`}>
                <span aria-hidden="true">{one.at ? "✓" : "○"}</span> {one.partner.name} <span className="visually-hidden">{t(one.at ? "cons.approved" : "cons.notYet")}</span>
              </span>
              {one.signed_on ? <small className="muted"> {t("cons.signed", { paper: one.document, day: dayText(one.signed_on) })}</small> : null}
              {one.by_paper ? <SignedFor settlement={settlement} partner={one.partner} /> : null}
            </li>
          ))}
        </ul>
      )}
      {settlement.sha256 ? (
        <p className="muted digest">
          SHA-256 <code>{settlement.sha256}</code>
        </p>
      ) : null}
      <div className="toolbar">
        {settlement.state === "draft" && leads ? (
          <>
            <Field label={t("cons.untilDay")}>{(id) => <input id={id} type="date" min={today(ZONE)} value={until} onChange={(e) => setUntil(e.target.value)} />}</Field>
            <Button tone="main" why={why("share")} busy={share.isPending} onClick={() => share.mutate()}>
              {t("cons.share")}
            </Button>
          </>
        ) : null}
        {settlement.state === "shared" && mine ? (
          <Button tone={leads ? "plain" : "main"} why={why("approve")} busy={approve.isPending} onClick={() => approve.mutate()}>
            {t("cons.approve")}
          </Button>
        ) : null}
        {settlement.state === "shared" && leads ? (
          <>
            <Button busy={plain.isPending} why={why("reopen")} onClick={() => plain.mutate("reopen")}>
              {t("cons.reopen")}
            </Button>
            <Button tone="main" busy={plain.isPending} why={why("close")} onClick={() => plain.mutate("close")}>
              {t("cons.close")}
            </Button>
          </>
        ) : null}
        {settlement.files.map((file) => (
          <a key={file.kind} href={file.href}>
            {t(`cons.file.${file.kind as "pdf"}`)}
          </a>
        ))}
      </div>
      {failed ? <Failure error={failed.error} /> : null}
    </section>
  );
}

/** A partner that has no manager approves by a paper: who administers writes down which, and when it was signed. */
function SignedFor({ settlement, partner }: { settlement: Settlement; partner: { id: string; name: string } }) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const [paper, write] = useState("");
  const [day, choose] = useState(today(ZONE));
  const act = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/settlements/{settlement_id}/approve", {
        params: { path: { settlement_id: settlement.id }, header: keyed() },
        body: { partner_id: partner.id, document: paper, signed_on: day },
      }),
    onSuccess: () => {
      show(false);
      return queries.invalidateQueries();
    },
  });
  return (
    <>
      {" "}
      <button type="button" className="link" onClick={() => show(true)}>
        {t("cons.signedFor")}
      </button>
      <Dialog title={t("cons.signedForWhom", { name: partner.name })} open={open} onClose={() => show(false)}>
        <p>{t("cons.signedWhy")}</p>
        <Field label={t("cons.paper")}>{(id) => <input id={id} maxLength={200} value={paper} onChange={(e) => write(e.target.value)} />}</Field>
        <Field label={t("cons.signedOn")}>{(id) => <input id={id} type="date" max={today(ZONE)} value={day} onChange={(e) => choose(e.target.value)} />}</Field>
        {act.isError ? <Failure error={act.error} /> : null}
        <Button tone="main" busy={act.isPending} why={paper.trim() ? undefined : t("cons.paperFirst")} onClick={() => act.mutate()}>
          {t("cons.writeDown")}
        </Button>
      </Dialog>
    </>
  );
}

/** To say what is wrong with a line. */
export function ObjectTo({ settlement, line }: { settlement: Settlement; line: Schemas["SettlementLine"] }) {
  const { t } = useTranslation();
  const text = useLineText(settlement.figures);
  const [open, show] = useState(false);
  const [said, say] = useState("");
  const act = useMutation({
    mutationFn: () => client.POST("/api/v1/settlements/{settlement_id}/object", { params: { path: { settlement_id: settlement.id }, header: keyed() }, body: { line: line.key, text: said } }),
    onSuccess: () => {
      show(false);
      say("");
      return queries.invalidateQueries();
    },
  });
  if (!settlement.actions["object"]?.allowed) return null;
  return (
    <>
      <button type="button" className="link" onClick={() => show(true)}>
        {t("cons.object")}
      </button>
      <Dialog title={t("cons.objectTo")} open={open} onClose={() => show(false)}>
        <p>{text(line)}</p>
        <Field label={t("cons.whatIsWrong")}>{(id) => <textarea id={id} rows={4} maxLength={500} value={said} onChange={(e) => say(e.target.value)} />}</Field>
        {act.isError ? <Failure error={act.error} /> : null}
        <Button tone="main" busy={act.isPending} why={said.trim() ? undefined : t("cons.sayFirst")} onClick={() => act.mutate()}>
          {t("cons.send")}
        </Button>
      </Dialog>
    </>
  );
}

export function Objections({ settlement }: { settlement: Settlement }) {
  const { t } = useTranslation();
  const text = useLineText(settlement.figures);
  const line = (key: string) => settlement.figures.lines.find((one) => one.key === key);
  if (settlement.objections.length === 0) return null;
  return (
    <section aria-labelledby="objections">
      <h2 id="objections">{t("cons.objections")}</h2>
      {settlement.objections.map((one) => {
        const about = line(one.line);
        return (
          <article className="panel" key={one.id}>
            <p>
              <strong>{one.partner.name}</strong> · {about ? <a href={`#${one.line}`}>{text(about)}</a> : t("cons.lineGone")}
            </p>
            <p>{one.text}</p>
            {one.answered_at ? (
              <p className="muted">
                {t("cons.answered")}: {one.answer}
              </p>
            ) : settlement.actions["answer"]?.allowed ? (
              <Answer settlement={settlement.id} objection={one.id} />
            ) : (
              <p className="muted">{t("cons.waits")}</p>
            )}
          </article>
        );
      })}
    </section>
  );
}

function Answer({ settlement, objection }: { settlement: string; objection: string }) {
  const { t } = useTranslation();
  const [said, say] = useState("");
  const act = useMutation({
    mutationFn: () => client.POST("/api/v1/settlements/{settlement_id}/answer", { params: { path: { settlement_id: settlement }, header: keyed() }, body: { objection_id: objection, text: said } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <>
      <Field label={t("cons.answer")}>{(id) => <textarea id={id} rows={2} maxLength={500} value={said} onChange={(e) => say(e.target.value)} />}</Field>
      {act.isError ? <Failure error={act.error} /> : null}
      <Button busy={act.isPending} why={said.trim() ? undefined : t("cons.sayFirst")} onClick={() => act.mutate()}>
        {t("cons.send")}
      </Button>
    </>
  );
}
