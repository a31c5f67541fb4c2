import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { useOwnVenues } from "../api/session";
import { DepositDeeds } from "../features/deposits/deposit";
import { money } from "../kernel/money";
import { instantText, periodText } from "../kernel/time";
import { Button, Empty, Failure, Loading, Title } from "../ui/basics";
import { Choice, OneOf } from "../ui/choice";
import { DEPOSITS_SHOWN, type DepositFilters } from "./filters";

type Deposit = Schemas["Deposit"];
type State = Deposit["state"];
const SHOWS: Record<(typeof DEPOSITS_SHOWN)[number], State[]> = {
  open: ["asked", "needed", "held", "taking"],
  asked: ["asked"],
  failed: ["needed", "lapsed"],
  held: ["held"],
  taken: ["taking", "taken"],
  released: ["released"],
};

/** The deposits of a venue, for its staff: how each stands, its booking, and what may be done with it. */
export default function Deposits() {
  const { t } = useTranslation();
  const go = useNavigate();
  const filters = useSearch({ strict: false }) as DepositFilters;
  const set = (change: DepositFilters) => void go({ to: "/manage/deposits", search: { ...filters, page: undefined, ...change } });
  const venues = useOwnVenues();
  const venue = venues.find((one) => one.id === filters.venue) ?? venues[0];
  const state = SHOWS[filters.state ?? "open"];
  const query = api.useQuery(
    "get",
    "/api/v1/deposits",
    { params: { query: { venue_id: venue?.id ?? "", state, ...(filters.page ? { cursor: filters.page } : {}) } } },
    { enabled: Boolean(venue), placeholderData: (before) => before },
  );
  if (!venue) return <Empty>{t("desk.none")}</Empty>;
  const it = query.data;
  return (
    <>
      <Title>{t("nav.deposits")}</Title>
      <p className="muted">{t("deposits.hint")}</p>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={venue.id} among={venues} onChange={(id) => set({ venue: id })} />
        <OneOf label={t("deposits.which")} value={filters.state ?? "open"} all={DEPOSITS_SHOWN} say={(which) => t(`deposits.shows.${which}`)} onChange={(one) => set({ state: one })} />
      </div>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it?.data.length === 0 ? <Empty>{t("deposits.none")}</Empty> : null}
      {it && it.data.length > 0 ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={t("nav.deposits")}>
          <table className="data wrapped">
            <thead>
              <tr>
                <th scope="col">{t("deposits.booking")}</th>
                <th scope="col" className="words">{t("deposits.person")}</th>
                <th scope="col">{t("deposits.amount")}</th>
                <th scope="col" className="words">{t("deposits.state")}</th>
                <th scope="col">{t("deposits.deeds")}</th>
              </tr>
            </thead>
            <tbody>
              {it.data.map((row) => (
                <Row key={row.id} row={row} zone={venue.time_zone} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <p className="toolbar">
        {filters.page ? <Button onClick={() => set({})}>← {t("viewings.newest")}</Button> : null}
        {it?.next_cursor ? <Button onClick={() => set({ page: it.next_cursor ?? undefined })}>{t("viewings.older")} →</Button> : null}
      </p>
    </>
  );
}

function Row({ row, zone }: { row: Deposit; zone: string }) {
  const { t } = useTranslation();
  const said = { taken: money(row.taken), until: instantText(row.release_at, zone) };
  return (
    <tr>
      <th scope="row">
        <Link to="/bookings/$id" params={{ id: row.booking_id }}>
          {row.resource.name} · {row.code}
        </Link>
        <small className="muted"> {periodText(row.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}</small>
      </th>
      <td className="words">{row.person.name}</td>
      <td>{money(row.amount)}</td>
      <td className="words">
        {t(`deposits.states.${row.state}`, said)}
        {row.reason ? <small className="muted"> {t("deposit.because", { reason: row.reason })}</small> : null}
      </td>
      <td>
        <DepositDeeds deposit={row} />
      </td>
    </tr>
  );
}
