import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useSession } from "../api/session";
import { ActButton, RefuseButton } from "../features/booking/act-button";
import { LedTo } from "../features/booking/led-to";
import { GiveBackButton, HandOverButton } from "../features/booking/handing";
import { ExtendButton, MoveButton, ShortenButton } from "../features/booking/new-time";
import { Pending } from "../features/booking/pending";
import { DepositPanel } from "../features/deposits/deposit";
import { ProposeButton } from "../features/booking/propose";
import { Used } from "../features/booking/used";
import { QuotePanel } from "../features/checkout/quote-panel";
import { money, type Money } from "../kernel/money";
import { clock, periodText } from "../kernel/time";
import { Countdown, Failure, Loading, StateBadge, Title } from "../ui/basics";
import { ZoneNote } from "../ui/zone-note";

/** One booking: while it is held, its price and how to keep it; then its proof. */
export default function BookingPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const { session } = useSession();
  const cache = useQueryClient();
  const go = useNavigate();
  const query = api.useQuery("get", "/api/v1/bookings/{booking_id}", { params: { path: { booking_id: id } } });
  const onEnd = useCallback(() => void cache.invalidateQueries(), [cache]);
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const it = query.data;
  const zone = it.venue.time_zone;
  // Offered to whoever looks, and not (yet) theirs.
  const offered = it.change?.kind === "hand_over" && it.actions.decline.allowed;
  const refund = it.actions.cancel.terms["refund"] as Money | undefined;
  return (
    <>
      <Title>{it.items.map((item) => item.resource.name).join(", ")}</Title>
      <p className="lead">
        {periodText(it.period, zone, { today: t("today"), tomorrow: t("tomorrow") })} · {it.venue.name}
      </p>
      <p>
        <StateBadge state={it.state} /> <span className="code">{it.code}</span>
        {it.organisation ? <> · {it.organisation.name}</> : null}
        {it.person && it.person.id !== session.person?.id ? <> · {it.person.name}</> : null}
      </p>
      {it.series_id ? (
        <p>
          <Link to="/series/$id" params={{ id: it.series_id }}>
            {t("series.ofThis")}
          </Link>
        </p>
      ) : null}
      <ZoneNote zone={zone} />
      {it.reason ? <p className="note">{it.reason}</p> : null}
      <Pending booking={it} onDeclined={() => void go({ to: "/me" })}>
        <QuotePanel bookings={[it]} />
      </Pending>
      {it.actions.approve.allowed || it.actions.refuse.allowed ? (
        <div className="deeds">
          <ActButton booking={it} act="approve" tone="main" />
          <ProposeButton booking={it} />
          <RefuseButton booking={it} />
        </div>
      ) : null}
      {it.state === "held" && it.held_until ? (
        <>
          <p className="note">
            {t("heldFor")} <Countdown until={it.held_until} onEnd={onEnd} />
          </p>
          <QuotePanel bookings={[it]} />
          <ActButton booking={it} act="release" />
        </>
      ) : null}
      {it.state === "lapsed" ? <p className="note">{t("hasLapsed")}</p> : null}
      {it.state === "requested" ? <p className="note">{t("isRequested")}</p> : null}
      {it.state === "confirmed" && !offered ? (
        <section className="proof" aria-labelledby="proof">
          <div>
            <h2 id="proof">{t(it.person && it.person.id !== session.person?.id ? "proofOf" : "proof")}</h2>
            <ul>
              {it.code ? (
                <li>
                  <a href={it.ics_href}>{t("addToCalendar")}</a>
                </li>
              ) : null}
              {it.money?.documents.map((paper) => (
                <li key={paper.id}>
                  {paper.ready ? <a href={`/api/v1/documents/${paper.id}/files/pdf`}>{t(`paper.${paper.kind}` as "paper.invoice")} {paper.number} (PDF)</a> : t("paperComing", { number: paper.number })}
                </li>
              ))}
            </ul>
            {it.no_show_at && it.attendance === "expected" ? <p className="note">{t("checkInBy", { from: clock(it.check_in_opens, zone), until: clock(it.no_show_at, zone) })}</p> : null}
            {it.money && it.money.due.cents > 0 ? <p className="note">{t("toPay", { amount: money(it.money.due) })}</p> : null}
          </div>
          {it.code ? <img src={it.qr_href} alt={t("qr", { code: it.code })} width={144} height={144} /> : null}
        </section>
      ) : null}
      {it.money?.deposit && !offered ? <DepositPanel id={it.money.deposit.id} zone={zone} /> : null}
      <LedTo booking={it} />
      {it.money?.used ? <Used used={it.money.used} zone={zone} /> : null}
      {it.money && it.money.refunded.cents > 0 ? <p>{t("refunded", { amount: money(it.money.refunded) })}</p> : null}
      {(it.state === "confirmed" || it.state === "requested") && !offered ? (
        <section aria-labelledby="changes">
          <h2 id="changes">{t("changing.title")}</h2>
          <div className="deeds">
            {it.change && !it.actions.move.allowed ? (
              <p className="muted">{it.actions.move.reasons[0]?.detail}</p>
            ) : (
              <>
                <MoveButton booking={it} />
                <ExtendButton booking={it} />
                <ShortenButton booking={it} />
                <HandOverButton booking={it} />
                <GiveBackButton booking={it} />
              </>
            )}
            <ActButton booking={it} act="cancel" tone="danger" confirm={refund ? t("cancelRefund", { amount: money(refund) }) : t("cancelFree")} />
          </div>
        </section>
      ) : null}
    </>
  );
}
