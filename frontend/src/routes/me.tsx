import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useSession } from "../api/session";
import { MyCredits } from "../features/account/credits";
import { Feeds } from "../features/account/feeds";
import { Papers } from "../features/account/papers";
import { Preferences } from "../features/account/preferences";
import { SavedMethods } from "../features/account/saved";
import { Viewings } from "../features/account/viewings";
import { MyPasses } from "../features/budgets/my-passes";
import { MyProgrammes } from "../features/budgets/my-programmes";
import { MySubscriptions } from "../features/budgets/my-subscriptions";
import { Places } from "../features/waiting/places";
import { money } from "../kernel/money";
import { periodText } from "../kernel/time";
import { Empty, Failure, Loading, StateBadge, Title } from "../ui/basics";

/** One's own bookings, newest first. */
export default function Me() {
  const { t } = useTranslation();
  const { session } = useSession();
  const query = api.useQuery("get", "/api/v1/bookings", { params: { query: { person_id: "me", include: ["money"], limit: 100 } } });
  const handed = api.useQuery("get", "/api/v1/bookings", { params: { query: { handed: true } } });
  return (
    <>
      <Title>{t("nav.me")}</Title>
      {handed.data && handed.data.data.length > 0 ? (
        <section className="panel" aria-labelledby="handed">
          <h2 id="handed">{t("handing.toYou")}</h2>
          <ul className="rows">
            {handed.data.data.map((booking) => (
              <li key={booking.id}>
                <Link to="/bookings/$id" params={{ id: booking.id }}>
                  {booking.items.map((item) => item.resource.name).join(", ")}
                </Link>
                <span>{periodText(booking.period, booking.venue.time_zone, { today: t("today"), tomorrow: t("tomorrow") })}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <Papers />
      {session.person ? <MyCredits person={session.person.id} /> : null}
      <Places zoneOf={(venue) => session.venues.find((v) => v.id === venue)?.time_zone ?? "Europe/Rome"} />
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data?.data.length === 0 ? <Empty>{t("noBookings")}</Empty> : null}
      <ul className="rows">
        {query.data?.data.map((booking) => (
          <li key={booking.id}>
            <Link to="/bookings/$id" params={{ id: booking.id }}>
              {booking.items.map((item) => item.resource.name).join(", ")}
            </Link>
            <span>{periodText(booking.period, booking.venue.time_zone, { today: t("today"), tomorrow: t("tomorrow") })}</span>
            <StateBadge state={booking.state} />
            <span>{booking.money && booking.money.total.cents > 0 ? money(booking.money.total) : ""}</span>
          </li>
        ))}
      </ul>
      {session.person ? (
        <p>
          <Link to="/me/details">{t("details.title")}</Link>
        </p>
      ) : null}
      {session.organisations.some((body) => body.is_delegate) ? (
        <p>
          <Link to="/account">{t("nav.account")}</Link>
        </p>
      ) : null}
      <MySubscriptions />
      <MyPasses zoneOf={(venue) => session.venues.find((v) => v.id === venue)?.time_zone ?? "Europe/Rome"} />
      <MyProgrammes />
      {session.person ? <SavedMethods bodies={session.organisations.filter((body) => body.is_delegate)} /> : null}
      {session.person ? (
        <Feeds
          title={t("feeds.title")}
          what={t("feeds.what")}
          of={[
            { id: session.person.id, name: session.person.name, body: { person: true } },
            ...session.organisations.filter((body) => body.is_delegate).map(({ id, name }) => ({ id, name, body: { organisation_id: id } })),
          ]}
        />
      ) : null}
      <Preferences />
      {session.person ? <Viewings zone="Europe/Rome" /> : null}
    </>
  );
}
