import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { hours, periodText, type Period } from "../../kernel/time";
import { Button, Dialog, Failure, Loading, StateBadge } from "../../ui/basics";

/** A booking opened on the calendar: what and whose it is; what may be done with it is put inside by the page. */
export function BookingDialog({ id, onClose, children }: { id: string; onClose: () => void; children: (booking: Schemas["Booking"]) => ReactNode }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/bookings/{booking_id}", { params: { path: { booking_id: id } } });
  const it = query.data;
  return (
    <Dialog title={it ? it.items.map((item) => item.resource.name).join(", ") : t("openBooking")} open onClose={onClose}>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it ? (
        <>
          <p className="lead">{periodText(it.period, it.venue.time_zone, { today: t("today"), tomorrow: t("tomorrow") })}</p>
          <p>
            <StateBadge state={it.state} /> <span className="code">{it.code}</span>
          </p>
          {it.title || it.organisation || it.person ? <p>{[it.title, it.organisation?.name, it.person?.name].filter(Boolean).join(" · ")}</p> : null}
          {it.notes ? <p className="note">{it.notes}</p> : null}
          <p className="dialog-acts">
            <Link to="/bookings/$id" params={{ id }} className="button">
              {t("openBooking")}
            </Link>
            {children(it)}
          </p>
        </>
      ) : null}
    </Dialog>
  );
}

/** Time that cannot be had and is nobody's booking to open: what it is, and for staff the way to lift a block. */
export function TakenDialog({ name, period, zone, what, block, repeats, onClose, children }: { name: string; period: Period; zone: string; what: string; block: string | null; repeats: boolean; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const lift = useMutation({
    mutationFn: ({ id, following }: { id: string; following: boolean }) =>
      client.POST("/api/v1/blocks/{block_id}/lift", { params: { path: { block_id: id }, header: keyed() }, body: { following } }),
    onSuccess: async () => {
      await cache.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog title={`${name} · ${hours(period, zone)}`} open onClose={onClose}>
      <p>{what}</p>
      {lift.isError ? <Failure error={lift.error} /> : null}
      {block ? (
        <div className="toolbar">
          <Button busy={lift.isPending} onClick={() => lift.mutate({ id: block, following: false })}>
            {t("timeline.lift")}
          </Button>
          {repeats ? (
            <Button busy={lift.isPending} onClick={() => lift.mutate({ id: block, following: true })}>
              {t("timeline.liftFollowing")}
            </Button>
          ) : null}
        </div>
      ) : (
        children
      )}
    </Dialog>
  );
}
