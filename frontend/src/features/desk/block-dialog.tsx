import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { addMonths, clock, dayAt, longDay, wallPeriod, weekdayName, type Period } from "../../kernel/time";
import { Button, Dialog, Failure, Field } from "../../ui/basics";
import { Choice, OneOf } from "../../ui/choice";

const KINDS = ["maintenance", "own_use", "other"] as const;
const REPEATS = ["daily", "weekly", "monthly_by_day", "yearly"] as const;

interface Props {
  resources: readonly Schemas["ResourceSpans"][];
  day: string;
  zone: string;
  /** What was drawn on the calendar, if it was. */
  drawn?: { resource: string; period: Period } | null;
  onClose: () => void;
}

/** Staff take time of a resource, once or again and again, with a reason. */
export function BlockDialog({ resources, day: shown, zone, drawn = null, onClose }: Props) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [resource, setResource] = useState(drawn?.resource ?? resources[0]?.id ?? "");
  const [kind, setKind] = useState<(typeof KINDS)[number]>("maintenance");
  const [start, setStart] = useState(drawn ? clock(drawn.period.start, zone) : "12:00");
  const [end, setEnd] = useState(drawn ? clock(drawn.period.end, zone) : "13:00");
  const [reason, setReason] = useState("");
  const [repeat, setRepeat] = useState<(typeof REPEATS)[number] | "">("");
  const day = drawn ? dayAt(drawn.period.start, zone) : shown;
  const [last, setLast] = useState(addMonths(day, 3));
  const again = repeat ? { repeat, weekdays: repeat === "weekly" ? [weekdayName(day)] : [], position: repeat === "monthly_by_day" ? Number(day.slice(8)) : null, last_on: last } : undefined;
  const asDrawn = drawn !== null && start === clock(drawn.period.start, zone) && end === clock(drawn.period.end, zone);
  const make = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/blocks", {
        params: { header: keyed() },
        body: { resource_id: resource, period: asDrawn ? drawn.period : wallPeriod(day, start, end), kind, reason, ...(again ? { repeat: again } : {}) },
      }),
    onSuccess: async () => {
      await cache.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog title={drawn ? `${t("desk.block")} · ${longDay(day)}` : t("desk.block")} open onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Choice label={t("resource")} value={resource} among={resources} onChange={setResource} />
        <div className="pair">
          <Field label={t("from")}>{(id) => <input id={id} type="time" required value={start} onChange={(e) => setStart(e.target.value)} />}</Field>
          <Field label={t("to")}>{(id) => <input id={id} type="time" required value={end} onChange={(e) => setEnd(e.target.value)} />}</Field>
        </div>
        <div className="pair">
          <OneOf label={t("series.repeat")} value={repeat} all={["", ...REPEATS]} say={(name) => t(`block.${name || "once"}`)} onChange={setRepeat} />
          {repeat ? <Field label={t("series.until")}>{(id) => <input id={id} type="date" required min={day} value={last} onChange={(e) => setLast(e.target.value)} />}</Field> : null}
        </div>
        <OneOf label={t("desk.blockKind")} value={kind} all={KINDS} say={(name) => t(`block.${name}`)} onChange={setKind} />
        <Field label={t("reason")}>{(id) => <input id={id} required maxLength={200} value={reason} onChange={(e) => setReason(e.target.value)} />}</Field>
        {make.isError ? <Failure error={make.error} /> : null}
        <Button type="submit" tone="main" busy={make.isPending}>
          {t("desk.block")}
        </Button>
      </form>
    </Dialog>
  );
}
