import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../api/client";
import { CaseRow } from "../features/upkeep/case-row";
import { Button, Empty, Failure, Field, Loading, Title } from "../ui/basics";
import { OneOf } from "../ui/choice";

const DEFAULTS = ["move", "refund", "keep"] as const;

/** A rescue: whom it meets, what each is offered, the message, and the answers as they come. */
export default function RescuePage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = api.useQuery("get", "/api/v1/rescues/{rescue_id}", { params: { path: { rescue_id: id } } }, { refetchInterval: 15_000 });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const it = query.data;
  const path = { path: { rescue_id: id }, header: keyed() };
  return (
    <>
      <Title>{t("rescue.title", { what: it.resource?.name ?? it.venue.name })}</Title>
      <p className="muted">
        <Link to="/upkeep">{t("upkeep.title")}</Link> · {it.reason}
      </p>
      <dl className="counts">
        {(["cases", "sent", "answered", "open", "by_default"] as const).map((name) => (
          <div key={name}>
            <dt>{t(`rescue.count.${name}`)}</dt>
            <dd>{it.counts[name]}</dd>
          </div>
        ))}
      </dl>
      <Sending key={it.id} rescue={it} path={path} />
      <section aria-labelledby="cases">
        <h2 id="cases">{t("rescue.affected")}</h2>
        {it.cases.length === 0 ? <Empty>{t("rescue.nobody")}</Empty> : null}
        <ul className="rows">
          {it.cases.map((found) => (
            <CaseRow key={found.id} rescue={id} found={found} zone={it.time_zone} />
          ))}
        </ul>
      </section>
    </>
  );
}

function Sending({ rescue, path }: { rescue: Schemas["RescueInFull"]; path: { path: { rescue_id: string }; header: { "Idempotency-Key": string } } }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [reason, setReason] = useState(rescue.reason);
  const [hours, setHours] = useState(rescue.hours);
  const [usual, setUsual] = useState(rescue.default);
  const send = useMutation({
    mutationFn: async () => {
      await client.PATCH("/api/v1/rescues/{rescue_id}", { params: { path: path.path }, body: { reason, hours, default: usual, cases: [] } });
      await client.POST("/api/v1/rescues/{rescue_id}/send", { params: { ...path, header: keyed() } });
    },
    onSettled: () => cache.invalidateQueries(),
  });
  const again = useMutation({
    mutationFn: () => client.POST("/api/v1/rescues/{rescue_id}/refresh", { params: { ...path, header: keyed() } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  const sending = rescue.actions.send;
  const people = new Set(rescue.cases.filter((c) => !c.sent_at && !c.answer && !c.left_out).map((c) => c.booking.person.id)).size;
  return (
    <form
      className="panel"
      onSubmit={(event) => {
        event.preventDefault();
        if (sending.allowed) send.mutate();
      }}
    >
      <h2>{t("rescue.message")}</h2>
      <Field label={t("reason")} hint={t("outage.reasonHint")}>
        {(id, note) => <input id={id} aria-describedby={note} required maxLength={200} value={reason} onChange={(e) => setReason(e.target.value)} />}
      </Field>
      <div className="pair">
        <Field label={t("rescue.hours")}>{(id) => <input id={id} type="number" min={1} max={336} required value={hours} onChange={(e) => setHours(Number(e.target.value))} />}</Field>
        <OneOf label={t("rescue.default")} value={usual} all={DEFAULTS} say={(name) => t(`rescue.usual.${name}`)} onChange={setUsual} />
      </div>
      <div className="toolbar">
        <Button type="submit" tone="main" why={sending.allowed ? undefined : sending.reasons[0]?.detail} busy={send.isPending}>
          {people > 0 ? t("rescue.send", { count: people }) : t("rescue.sendAgain")}
        </Button>
        <Button busy={again.isPending} onClick={() => again.mutate()}>
          {t("rescue.refresh")}
        </Button>
      </div>
      <p role="status" className={send.isSuccess ? "note" : "visually-hidden"}>
        {send.isSuccess ? t("rescue.sent") : null}
      </p>
      {send.isError ? <Failure error={send.error} /> : null}
      {again.isError ? <Failure error={again.error} /> : null}
    </form>
  );
}
