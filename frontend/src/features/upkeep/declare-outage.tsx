import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { instantOf, nowInstant, periodText } from "../../kernel/time";
import { Button, Dialog, Failure, Field } from "../../ui/basics";
import { Choice, OneOf } from "../../ui/choice";
import { LetterPreview } from "./letter-preview";

const MOST_SHOWN = 20;
const SEVERITIES = ["unusable", "with_care"] as const;

/** Staff say what cannot be used, of which unit if there are several, from when and until when. */
export function DeclareOutage({ resources, fault, zone, onClose, onDone }: { zone: string; resources: readonly Schemas["Ref"][]; fault?: Schemas["Fault"] | undefined; onClose: () => void; onDone: (outage: Schemas["OutageInFull"]) => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [resource, setResource] = useState(fault?.resource.id ?? resources[0]?.id ?? "");
  const [unit, setUnit] = useState("");
  const [severity, setSeverity] = useState<(typeof SEVERITIES)[number]>(fault?.severity ?? "unusable");
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [opened] = useState(nowInstant);
  const [reason, setReason] = useState(fault?.text.slice(0, 200) ?? "");
  const units = api.useQuery("get", "/api/v1/outages/units", { params: { query: { resource_id: resource } } }, { enabled: Boolean(resource) });
  const said = {
    resource_id: resource,
    unit_ids: unit ? [unit] : [],
    severity,
    reason,
    until_at: until ? `${until}:00` : null,
    fault_id: fault?.id ?? null,
    ...(from ? { from_at: `${from}:00` } : {}),
  };
  const declare = useMutation({
    mutationFn: () => client.POST("/api/v1/outages", { params: { header: keyed() }, body: said }),
    onSuccess: async ({ data }) => {
      await cache.invalidateQueries();
      if (data) onDone(data);
    },
  });
  // Whom it would meet, before anybody is told: what is confirmed from then until then.
  const met = api.useQuery(
    "get",
    "/api/v1/bookings",
    {
      params: {
        query: { resource_id: resource, state: ["confirmed" as const], period_from: from ? instantOf(from, zone) : opened, ...(until ? { period_to: instantOf(until, zone) } : {}), sort: "period" as const, limit: MOST_SHOWN },
      },
    },
    { enabled: Boolean(resource) && severity === "unusable", placeholderData: (before) => before },
  );
  const many = (units.data?.data.length ?? 0) > 1;
  return (
    <Dialog title={t("outage.declare")} open onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          declare.mutate();
        }}
      >
        <Field label={t("resource")}>
          {(id) => (
            <select
              id={id}
              value={resource}
              disabled={Boolean(fault)}
              onChange={(e) => {
                setResource(e.target.value);
                setUnit("");
              }}
            >
              {(fault ? [fault.resource] : resources).map((row) => (
                <option key={row.id} value={row.id}>
                  {row.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        {many ? (
          <Choice label={t("outage.which")} value={unit} among={units.data?.data} none={t("outage.all")} onChange={setUnit} />
        ) : null}
        <OneOf label={t("fault.severity")} value={severity} all={SEVERITIES} say={(name) => t(`fault.${name}`)} onChange={setSeverity} />
        <div className="pair">
          <Field label={t("from")} hint={t("outage.fromHint")}>
            {(id, note) => <input id={id} aria-describedby={note} type="datetime-local" value={from} onChange={(e) => setFrom(e.target.value)} />}
          </Field>
          <Field label={t("outage.until")} hint={t("outage.untilHint")}>
            {(id, note) => <input id={id} aria-describedby={note} type="datetime-local" value={until} onChange={(e) => setUntil(e.target.value)} />}
          </Field>
        </div>
        <Field label={t("reason")} hint={t("outage.reasonHint")}>
          {(id, note) => <input id={id} aria-describedby={note} required maxLength={200} value={reason} onChange={(e) => setReason(e.target.value)} />}
        </Field>
        {severity === "unusable" && met.data ? <Met found={met.data} part={Boolean(unit)} /> : null}
        {severity === "unusable" && met.data && met.data.data.length > 0 ? <LetterPreview said={said} /> : null}
        {declare.isError ? <Failure error={declare.error} /> : null}
        <Button type="submit" tone="main" busy={declare.isPending}>
          {t("outage.declare")}
        </Button>
      </form>
    </Dialog>
  );
}

function Met({ found, part }: { found: Schemas["BookingPage"]; part: boolean }) {
  const { t } = useTranslation();
  const words = { today: t("today"), tomorrow: t("tomorrow") };
  const count = found.data.length;
  if (count === 0) return <p className="note">{t("outage.meetsNobody")}</p>;
  return (
    <details className="more">
      <summary>{found.next_cursor ? t("outage.meetsMany", { count }) : t("outage.meets", { count })}</summary>
      <ul>
        {found.data.map((booking) => (
          <li key={booking.id}>
            {booking.organisation?.name ?? booking.person?.name}, {periodText(booking.period, booking.venue.time_zone, words)}
          </li>
        ))}
      </ul>
      {part ? <p className="hint small">{t("outage.perhapsElsewhere")}</p> : null}
      <p className="hint small">{t("outage.thenRescue")}</p>
    </details>
  );
}
