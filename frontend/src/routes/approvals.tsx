import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { useOwnVenues } from "../api/session";
import { Facts } from "../features/approvals/facts";
import { SeriesDeeds } from "../features/approvals/series-dates";
import { ActButton, RefuseButton } from "../features/booking/act-button";
import { ProposeButton } from "../features/booking/propose";
import { useRowKeys } from "../features/desk/filter";
import { Empty, Failure, Loading, Title } from "../ui/basics";
import { Choice, OneOf } from "../ui/choice";
import { APPROVAL_KINDS, type ApprovalFilters } from "./filters";

const ORDER = { a: 0, p: 1, x: 2 };

/** What waits for a yes or a no: approve, refuse with a sentence, or propose another time. */
export default function Approvals() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as ApprovalFilters;
  const go = useNavigate();
  const rows = useRowKeys(ORDER);
  const venues = useOwnVenues("staff", "manager");
  const set = (change: ApprovalFilters) => void go({ to: "/manage/approvals", search: { ...filters, ...change }, replace: true });
  const query = api.useQuery(
    "get",
    "/api/v1/approvals",
    { params: { query: { limit: 100, ...(filters.venue ? { venue_id: filters.venue } : {}), ...(filters.kind ? { kind: filters.kind } : {}) } } },
    { enabled: venues.length > 0, refetchInterval: 30_000, placeholderData: (before) => before },
  );
  if (venues.length === 0) return <Empty>{t("desk.none")}</Empty>;
  const narrowed = Boolean(filters.venue ?? filters.kind);
  return (
    <>
      <Title>{t("approvals.title")}</Title>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={filters.venue ?? ""} among={venues} none={t("all")} onChange={(id) => set({ venue: id || undefined })} />
        <OneOf label={t("approvals.what")} value={filters.kind ?? ""} all={["", ...APPROVAL_KINDS]} say={(kind) => (kind ? t(`approvals.kind.${kind}`) : t("all"))} onChange={(kind) => set({ kind: kind || undefined })} />
      </div>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data?.data.length === 0 ? <Empty>{t(narrowed ? "approvals.noneHere" : "approvals.none")}</Empty> : null}
      {query.data && query.data.data.length > 0 ? (
        <p className="hint small">
          {t("approvals.waitingNow", { count: query.data.data.length })} {t("approvals.keys")}
        </p>
      ) : null}
      <ul className="queue" ref={rows}>
        {query.data?.data.map((row) => (
          <Row key={row.series?.id ?? row.booking.id} row={row} />
        ))}
      </ul>
      {query.data?.next_cursor ? <p className="note">{t("approvals.more")}</p> : null}
    </>
  );
}

function Row({ row }: { row: Schemas["Approval"] }) {
  const { t } = useTranslation();
  const { booking } = row;
  const who = booking.organisation?.name ?? booking.person?.name;
  return (
    <li tabIndex={0} aria-label={who}>
      <h2>
        {row.series ? (
          <Link to="/series/$id" params={{ id: row.series.id }}>
            {who}
          </Link>
        ) : (
          <Link to="/bookings/$id" params={{ id: booking.id }}>
            {who}
          </Link>
        )}{" "}
        {row.series ? <span className="badge requested">{t("approvals.series")}</span> : null}
        {row.kind === "request" ? null : <span className="badge requested">{t(`approvals.kind.${row.kind}`)}</span>} <span className="muted small">{booking.venue.name}</span>
      </h2>
      <Facts row={row} />
      {row.series ? (
        <SeriesDeeds series={row.series} zone={booking.venue.time_zone} />
      ) : (
        <div className="deeds">
          <ActButton booking={booking} act="approve" tone="main" />
          <ProposeButton booking={booking} />
          <RefuseButton booking={booking} />
        </div>
      )}
    </li>
  );
}
