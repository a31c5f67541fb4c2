import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Problem } from "../api/client";
import { useSession } from "../api/session";
import { BookDialog, type Picked } from "../features/planner/book-dialog";
import { ReportFault } from "../features/upkeep/report-fault";
import { SlotButton } from "../features/search/slot-button";
import { WishForm } from "../features/waiting/wish-form";
import { money } from "../kernel/money";
import { addDays, dayAt, dayText, instantText, monday, today, weekdayText } from "../kernel/time";
import { Button, Empty, Failure, Field, Loading, Reasons, Title } from "../ui/basics";
import { ForWhom, useForWhom } from "../ui/for-whom";
import { RefusalNote } from "../ui/refusal";
import { ZoneNote } from "../ui/zone-note";

/** One resource: what it is, its rules and prices, and a week of free slots with their prices. */
export default function ResourcePage() {
  const { t } = useTranslation();
  const { session } = useSession();
  const { id } = useParams({ strict: false }) as { id: string };
  const { week, minutes } = useSearch({ strict: false }) as { week?: string; minutes?: number };
  const go = useNavigate();
  const [picked, pick] = useState<Picked | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const whom = useForWhom();
  const resource = api.useQuery("get", "/api/v1/resources/{resource_id}", { params: { path: { resource_id: id } } });
  const zone = resource.data?.venue.time_zone ?? "Europe/Rome";
  const first = week ?? today(zone);
  const offers = api.useQuery(
    "get",
    "/api/v1/offers",
    { params: { query: { resource_id: [id], on_from: first, on_to: addDays(first, 7), per_resource: 200, ...(minutes ? { minutes } : {}), ...(whom.organisation ? { organisation_id: whom.organisation } : {}) } } },
    { placeholderData: (before) => before },
  );
  if (resource.isPending) return <Loading />;
  if (resource.isError) return <Failure error={resource.error} />;
  const it = resource.data;
  const card = offers.data?.data[0];
  const days = Array.from({ length: 7 }, (_, n) => addDays(first, n));
  const show = (change: { week?: string | undefined; minutes?: number | undefined }) => void go({ to: "/resources/$id", params: { id }, search: { week, minutes, ...change }, replace: true });
  const here = session.venues.find((v) => v.slug === it.venue.slug)?.id;
  const lengths = [...new Set([it.least_minutes, it.step_minutes, 30, 60, 90, 120, 180, 240, 480])]
    .filter((n) => n >= it.least_minutes && n % it.step_minutes === 0 && (it.most_minutes === null || n <= it.most_minutes))
    .sort((a, b) => a - b);
  return (
    <>
      <Title>{it.name}</Title>
      <p className="muted">
        {t(`kind.${it.kind}`)} · {it.venue.name}
        {it.capacity ? ` · ${t("seats", { count: it.capacity })}` : ""}
      </p>
      <p>{it.description}</p>
      <ZoneNote zone={zone} />
      {it.condition && it.condition.state !== "working" ? (
        <p className="note" role="status">
          <strong>{t(`condition.${it.condition.state}`)}</strong> {it.condition.until ? t("condition.until", { at: instantText(it.condition.until, zone) }) : ""} {it.condition.reason}
        </p>
      ) : null}
      {card && !card.bookable.allowed ? <Reasons reasons={card.bookable.reasons} /> : null}
      <section aria-labelledby="slots">
        <h2 id="slots">{t("freeSlots")}</h2>
        <div className="toolbar">
          <Button why={first <= today(zone) ? t("isPast") : undefined} onClick={() => show({ week: addDays(first, -7) < today(zone) ? today(zone) : addDays(first, -7) })}>
            ← {t("earlier")}
          </Button>
          <Button onClick={() => show({ week: addDays(first, 7) })}>{t("later")} →</Button>
          <Field label={t("search.minutes")}>
            {(fieldId) => (
              <select id={fieldId} value={minutes ?? ""} onChange={(e) => show({ minutes: Number(e.target.value) || undefined })}>
                <option value="">{t("search.usual")}</option>
                {lengths.map((n) => (
                  <option key={n} value={n}>
                    {n} min
                  </option>
                ))}
              </select>
            )}
          </Field>
          <ForWhom {...whom} />
        </div>
        {session.person && here ? <WishForm resource={it} venue={here} zone={zone} lengths={lengths} organisation={whom.organisation} /> : null}
        {problem ? <RefusalNote problem={problem} zone={zone} /> : null}
        {offers.isPending ? <Loading /> : null}
        {offers.isError ? <Failure error={offers.error} retry={() => void offers.refetch()} /> : null}
        {card?.offers.length === 0 ? <Empty>{t("nothingFree")}</Empty> : null}
        <div className="week">
          {days.map((day) => {
            const found = card?.offers.filter((offer) => dayAt(offer.period.start, zone) === day) ?? [];
            return (
              <section key={day} aria-label={dayText(day)} className={found.length === 0 ? "quiet" : ""}>
                <h3>{dayText(day)}</h3>
                {found.length === 0 ? <p className="muted">–</p> : null}
                {card?.bookable.allowed
                  ? found.map((offer) => <SlotButton key={offer.period.start} short offer={offer} zone={zone} organisation={whom.organisation} asks={card?.asks ?? false} onRefused={setProblem} onAsked={() => pick({ resource: it, period: offer.period })} />)
                  : null}
              </section>
            );
          })}
        </div>
      </section>
      <div className="columns">
        <section aria-labelledby="rules">
          <h2 id="rules">{t("rules")}</h2>
          <ul>
            {it.rules.map((rule) => (
              <li key={rule.code}>{rule.text}</li>
            ))}
            {it.skills.map((skill) => (
              <li key={skill.code}>
                {t("needsSkill", { skill: skill.name })} {session.person ? (skill.held ? `✓ ${t("skillHeld")}` : `✕ ${t("skillMissing")}`) : ""}
              </li>
            ))}
          </ul>
        </section>
        <section aria-labelledby="prices">
          <h2 id="prices">{t("prices")}</h2>
          <ul>
            {it.prices.map((price) => (
              <li key={price.per + price.label}>
                {money(price.price)} / {t(`step.${price.per}` as "step.hour")} {price.label}
              </li>
            ))}
            {it.prices.length === 0 ? <li>{t("free")}</li> : null}
          </ul>
        </section>
        <section aria-labelledby="hours">
          <h2 id="hours">{t("openingHours")}</h2>
          <ul>
            {it.week.map((row) => (
              <li key={row.weekday}>
                {weekdayText(row.weekday)} {row.hours.map((h) => `${h.start}–${h.end}`).join(", ") || t("closed")}
              </li>
            ))}
          </ul>
        </section>
      </div>
      {it.condition?.serviced_on ? <p className="muted">{t("condition.serviced", { day: dayText(it.condition.serviced_on) })}</p> : null}
      <ReportFault resource={it.id} why={session.person ? undefined : t("fault.signIn")} />
      <p>
        <a href={`/planner?venue=${here ?? ""}&on=${monday(first) < today(zone) ? today(zone) : first}`}>{t("seeAll")}</a>
      </p>
      {picked ? <BookDialog picked={picked} zone={zone} onClose={() => pick(null)} /> : null}
    </>
  );
}
