import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, Refusal, type Schemas } from "../../api/client";
import { addDays, today, weekdayText } from "../../kernel/time";
import { Button, Failure, Field } from "../../ui/basics";
import { RefusalNote } from "../../ui/refusal";

interface Props {
  resource: { id: string; name: string; kind: Schemas["NewPlaceRequest"]["kind"] & string };
  venue: string;
  zone: string;
  lengths: readonly number[];
  /** In whose name; none is one's own. */
  organisation: string | undefined;
}
const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** "Thursday evening, at least two hours": whatever suits and falls free is offered to who asked. */
export function WishForm({ resource, venue, zone, lengths, organisation }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [any, setAny] = useState(false);
  const [from, setFrom] = useState(today(zone));
  const [to, setTo] = useState(addDays(today(zone), 30));
  const [weekdays, setWeekdays] = useState<number[]>([]);
  const [start, setStart] = useState("");
  const [end, setEnd] = useState("");
  const last = end === "00:00" ? "24:00" : end;
  const [minutes, setMinutes] = useState(lengths[0] ?? 60);
  const [people, setPeople] = useState("");
  const join = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/waiting-list", {
        params: { header: keyed() },
        body: {
          ...(any ? { venue_id: venue, kind: resource.kind } : { resource_id: resource.id }),
          days: { start: from, end: addDays(to, 1) },
          weekdays,
          ...(start && end ? { hours: { start, end: last } } : {}),
          minutes,
          quantity: 1,
          people: people ? Number(people) : null,
          organisation_id: organisation ?? null,
        },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["get", "/api/v1/waiting-list"] }),
  });
  const why = to < from ? t("wish.noDays") : Boolean(start) !== Boolean(end) ? t("wish.bothHours") : start && last <= start ? t("wish.noHours") : undefined;
  return (
    <details className="more">
      <summary>{t("wish.title")}</summary>
      <form
        className="panel"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (!why) join.mutate();
        }}
      >
        <p className="muted">{t("wish.what")}</p>
        <fieldset className="choice">
          <legend>{t("wish.of")}</legend>
          <label>
            <input type="radio" name="of" checked={!any} onChange={() => setAny(false)} /> {resource.name}
          </label>
          <label>
            <input type="radio" name="of" checked={any} onChange={() => setAny(true)} /> {t("wish.any", { kind: t(`kind.${resource.kind}`) })}
          </label>
        </fieldset>
        <div className="pair">
          <Field label={t("wish.from")}>{(id) => <input id={id} type="date" required min={today(zone)} value={from} onChange={(e) => setFrom(e.target.value)} />}</Field>
          <Field label={t("wish.to")}>{(id) => <input id={id} type="date" required min={from} value={to} onChange={(e) => setTo(e.target.value)} />}</Field>
        </div>
        <fieldset className="boxes">
          <legend>{t("wish.days")}</legend>
          {DAYS.map((day) => (
            <label key={day}>
              <input type="checkbox" checked={weekdays.includes(day)} onChange={(e) => setWeekdays(e.target.checked ? [...weekdays, day] : weekdays.filter((one) => one !== day))} /> {weekdayText(day)}
            </label>
          ))}
        </fieldset>
        <div className="pair">
          <Field label={t("wish.after")}>{(id) => <input id={id} type="time" value={start} onChange={(e) => setStart(e.target.value)} />}</Field>
          <Field label={t("wish.until")}>{(id) => <input id={id} type="time" value={end} onChange={(e) => setEnd(e.target.value)} />}</Field>
        </div>
        <div className="pair">
          <Field label={t("wish.least")}>
            {(id) => (
              <select id={id} value={minutes} onChange={(e) => setMinutes(Number(e.target.value))}>
                {lengths.map((length) => (
                  <option key={length} value={length}>
                    {length} min
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={t("people")}>{(id) => <input id={id} type="number" min={1} inputMode="numeric" value={people} onChange={(e) => setPeople(e.target.value)} />}</Field>
        </div>
        {join.error instanceof Refusal ? <RefusalNote problem={join.error.problem} zone={zone} /> : join.isError ? <Failure error={join.error} /> : null}
        <Button type="submit" tone="main" busy={join.isPending} why={why}>
          {t("wish.join")}
        </Button>
        <p role="status">
          {join.isSuccess ? (
            <>
              {t("waiting.joined")} <Link to="/me">{t("nav.me")}</Link>
            </>
          ) : null}
        </p>
      </form>
    </details>
  );
}
