import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { Button, Dialog, Failure, Field } from "../../ui/basics";

type Booking = Schemas["Booking"];
const PATHS = {
  release: "/api/v1/bookings/{booking_id}/release",
  undo: "/api/v1/bookings/{booking_id}/undo",
  withdraw: "/api/v1/bookings/{booking_id}/withdraw",
  cancel: "/api/v1/bookings/{booking_id}/cancel",
  approve: "/api/v1/bookings/{booking_id}/approve",
  check_in: "/api/v1/bookings/{booking_id}/check-in",
  check_out: "/api/v1/bookings/{booking_id}/check-out",
  no_show: "/api/v1/bookings/{booking_id}/no-show",
} as const;
export type Act = keyof typeof PATHS;

function useAct(booking: Booking, run: () => Promise<unknown>, onDone?: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationKey: [booking.id],
    mutationFn: run,
    onSuccess: async () => {
      await cache.invalidateQueries();
      onDone?.();
    },
  });
}

/** A button for one act on a booking: the server says whether it may be done, and why not. */
export function ActButton({ booking, act, tone, confirm }: { booking: Booking; act: Act; tone?: "main" | "plain" | "danger"; confirm?: string | undefined }) {
  const { t } = useTranslation();
  const [asking, ask] = useState(false);
  const allowed = booking.actions[act];
  const run = useAct(
    booking,
    () => client.POST(PATHS[act], { params: { path: { booking_id: booking.id }, header: keyed() } }),
    () => ask(false),
  );
  const press = () => (confirm ? ask(true) : run.mutate());
  return (
    <>
      <Button tone={tone ?? "plain"} why={allowed.allowed ? undefined : allowed.reasons[0]?.detail} busy={run.isPending} onClick={press}>
        {t(`act.${act}`)}
      </Button>
      {run.isError ? <Failure error={run.error} /> : null}
      {confirm ? (
        <Dialog title={t(`act.${act}`)} open={asking} onClose={() => ask(false)}>
          <p>{confirm}</p>
          <Button tone="danger" busy={run.isPending} onClick={() => run.mutate()}>
            {t(`act.${act}`)}
          </Button>
        </Dialog>
      ) : null}
    </>
  );
}

/** Refusing asks for a reason, which the person will read. */
export function RefuseButton({ booking }: { booking: Booking }) {
  const { t } = useTranslation();
  const [asking, ask] = useState(false);
  const [reason, setReason] = useState("");
  const run = useAct(
    booking,
    () => client.POST("/api/v1/bookings/{booking_id}/refuse", { params: { path: { booking_id: booking.id }, header: keyed() }, body: { reason } }),
    () => ask(false),
  );
  const allowed = booking.actions.refuse;
  return (
    <>
      <Button tone="danger" why={allowed.allowed ? undefined : allowed.reasons[0]?.detail} onClick={() => ask(true)}>
        {t("act.refuse")}
      </Button>
      <Dialog title={t("act.refuse")} open={asking} onClose={() => ask(false)}>
        <Field label={t("refusalReason")} hint={t("refusalHint")}>
          {(id, note) => <textarea id={id} aria-describedby={note} value={reason} onChange={(e) => setReason(e.target.value)} rows={3} />}
        </Field>
        {run.isError ? <Failure error={run.error} /> : null}
        <Button tone="danger" why={reason.trim() ? undefined : t("reasonNeeded")} busy={run.isPending} onClick={() => run.mutate()}>
          {t("act.refuse")}
        </Button>
      </Dialog>
    </>
  );
}
