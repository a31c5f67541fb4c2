import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { addDays, clock, dayAt, longDay, ms, now, spanText, today } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Check, Text } from "./pieces";
import { Rehearsal } from "./rehearsal";
import type { Scope } from "./rules-editor";

type Closure = Schemas["Closure"];
type Draft = { start: string; end: string; it: string; en: string };

const wall = (at: string, zone: string) => `${dayAt(at, zone)}T${clock(at, zone)}`;

/** Days or hours taken out of the opening hours: one is written, changed where it stands, or lifted; each with what it shuts out. */
export function ClosuresEditor({ scope, zone, of }: { scope: Scope; zone: string; of: "venue" | "resource" }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const query = api.useQuery("get", "/api/v1/closures", { params: { query: scope } });
  const [changing, change] = useState("");
  const lift = useMutation({
    mutationFn: (id: string) => client.DELETE("/api/v1/closures/{closure_id}", { params: { path: { closure_id: id }, header: { "If-Match": query.data?.edition ?? "" } } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const { edition } = query.data;
  return (
    <section aria-labelledby="closures">
      <h2 id="closures">{t("manage.closures")}</h2>
      {query.data.data.length === 0 ? <Empty>{t("manage.noClosures")}</Empty> : null}
      <ul className="rows">
        {query.data.data.map((one) =>
          changing === one.id ? (
            <li key={one.id}>
              <ClosureForm scope={scope} zone={zone} edition={edition} closure={one} onDone={() => change("")} />
            </li>
          ) : (
            <li key={one.id}>
              <div>
                <strong>{(document.documentElement.lang === "en" ? one.reason_en : one.reason_it) || t("manage.noReason")}</strong> <small className="muted">{t(one.of === "venue" ? "manage.ofVenue" : "manage.ofResource")}</small>
                <br />
                <small>{spanText(one.period, zone)}</small>
              </div>
              {one.of === of ? (
                <div className="toolbar">
                  <Button onClick={() => change(one.id)}>{t("manage.change")}</Button>
                  <Button busy={lift.isPending} onClick={() => lift.mutate(one.id)}>
                    {t("manage.lift")}
                  </Button>
                </div>
              ) : null}
            </li>
          ),
        )}
      </ul>
      {lift.isError ? <Failure error={lift.error} /> : null}
      <ClosureForm key={edition} scope={scope} zone={zone} edition={edition} />
    </section>
  );
}

/** The days that a closure takes something of, as the closure calendar is asked for them. */
function daysOf(draft: Draft, scope: Scope) {
  const [last, hour] = draft.end.split("T");
  const to = hour === "00:00" ? last : addDays(last ?? "", 1);
  return { from: draft.start.slice(0, 10), to, ...("venue_id" in scope ? { venue: scope.venue_id } : { resource: scope.resource_id }) };
}

/** A closure as it will be: a new one, or one that is there already, whose start stays once it has begun. */
function ClosureForm({ scope, zone, edition, closure, onDone }: { scope: Scope; zone: string; edition: string; closure?: Closure; onDone?: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const first: Draft = closure
    ? { start: wall(closure.period.start, zone), end: wall(closure.period.end, zone), it: closure.reason_it, en: closure.reason_en }
    : { start: `${addDays(today(zone), 7)}T00:00`, end: `${addDays(today(zone), 8)}T00:00`, it: "", en: "" };
  const [draft, write] = useState(first);
  const begun = closure !== undefined && ms(closure.period.start) <= now();
  const reasons = { reason_it: draft.it, reason_en: draft.en || draft.it };
  const period = { start: draft.start, end: draft.end };
  const moved = draft.start !== first.start || draft.end !== first.end;
  const preview = useMutation({ mutationFn: async () => (await client.POST("/api/v1/closures/preview", { body: { ...scope, period, ...reasons } })).data });
  const save = useMutation({
    mutationFn: (): Promise<unknown> =>
      closure
        ? client.PATCH("/api/v1/closures/{closure_id}", { params: { path: { closure_id: closure.id }, header: { "If-Match": edition } }, body: { ...reasons, ...(moved ? { period } : {}) } })
        : client.POST("/api/v1/closures", { params: { header: { ...keyed(), "If-Match": edition } }, body: { ...scope, period, ...reasons } }),
    onSuccess: async () => {
      await cache.invalidateQueries();
      onDone?.();
    },
  });
  const set = (part: Partial<Draft>) => {
    write({ ...draft, ...part });
    preview.reset();
  };
  const name = t(closure ? "manage.changeClosure" : "manage.addClosure");
  const unsaid = draft.it ? undefined : t("manage.reasonFirst");
  const same = closure && !moved && draft.it === first.it && draft.en === first.en ? t("manage.nothingChanged") : undefined;
  return (
    <form className={closure ? "wide" : "panel wide"} onSubmit={(event) => event.preventDefault()} aria-label={name}>
      <h3>{name}</h3>
      <div className="toolbar">
        <Field label={t("from")} {...(begun ? { hint: t("manage.hasBegun") } : {})}>
          {(id, note) => <input id={id} aria-describedby={note} type="datetime-local" required disabled={begun} value={draft.start} onChange={(e) => set({ start: e.target.value })} />}
        </Field>
        <Field label={t("to")}>{(id) => <input id={id} type="datetime-local" required value={draft.end} onChange={(e) => set({ end: e.target.value })} />}</Field>
        <Text label={t("manage.reasonIt")} required value={draft.it} onChange={(it) => set({ it })} />
        <Text label={t("manage.reasonEn")} value={draft.en} onChange={(en) => set({ en })} />
      </div>
      <div className="toolbar">
        <Button busy={preview.isPending} why={unsaid} onClick={() => preview.mutate()}>
          {t("manage.preview")}
        </Button>
        <Button tone="main" busy={save.isPending} why={unsaid ?? same ?? (preview.data || !moved && closure ? undefined : t("manage.previewFirst"))} onClick={() => save.mutate()}>
          {t(closure ? "save" : "manage.newClosure")}
        </Button>
        {onDone ? <Button onClick={onDone}>{t("manage.leave")}</Button> : null}
      </div>
      {closure ? null : (
        <p>
          <Link to="/insight/closure" search={daysOf(draft, scope) as never}>
            {t("insight.closureLink")}
          </Link>
        </p>
      )}
      {preview.isError ? <Failure error={preview.error} /> : null}
      {save.isError ? <Failure error={save.error} /> : null}
      {preview.data ? <Rehearsal found={preview.data} zone={zone} then={t(closure ? "manage.closureRescue" : "manage.closureKeep")} /> : null}
    </form>
  );
}

/** The public holidays of the place, which of them close, and the patron saint's. */
export function HolidaysEditor({ venue, zone }: { venue: string; zone: string }) {
  const year = Number(today(zone).slice(0, 4)) + (today(zone).slice(5) >= "07-01" ? 1 : 0);
  const query = api.useQuery("get", "/api/v1/holidays", { params: { query: { venue_id: venue, year } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <HolidaysForm key={query.dataUpdatedAt} it={query.data} year={year} zone={zone} />;
}

function HolidaysForm({ it, year, zone }: { it: Schemas["Holidays"]; year: number; zone: string }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [place, setPlace] = useState(it.place);
  const [open, setOpen] = useState<string[]>(it.data.filter((h) => !h.closed).map((h) => h.key));
  const [saint, setSaint] = useState(it.patron_saint);
  const [day, setDay] = useState(it.patron_day);
  const facts = { holidays_of: place, open_holidays: open, patron_saint: saint, patron_day: day };
  const preview = useMutation({ mutationFn: async () => (await client.POST("/api/v1/holidays/preview", { body: { venue_id: it.venue_id, ...facts } })).data });
  const save = useMutation({
    mutationFn: () => client.PATCH("/api/v1/venues/{venue_id}", { params: { path: { venue_id: it.venue_id } }, body: facts }),
    onSuccess: () => cache.invalidateQueries(),
  });
  return (
    <section aria-labelledby="holidays">
      <h2 id="holidays">{t("manage.holidays", { year })}</h2>
      <form onSubmit={(event) => event.preventDefault()} aria-labelledby="holidays">
        <div className="toolbar">
          <Field label={t("manage.place")} hint={t("manage.placeHint")}>{(id) => <input id={id} size={8} maxLength={8} value={place} onChange={(e) => (setPlace(e.target.value.toUpperCase()), preview.reset())} />}</Field>
          <Text label={t("manage.saint")} value={saint} onChange={(value) => (setSaint(value), preview.reset())} />
          <Field label={t("manage.saintDay")} hint={t("manage.saintDayHint")}>{(id) => <input id={id} size={6} maxLength={5} pattern="\d\d-\d\d" placeholder="06-24" value={day} onChange={(e) => (setDay(e.target.value), preview.reset())} />}</Field>
        </div>
        <ul className="holidays">
          {it.data.map((holiday) => (
            <li key={holiday.on}>
              <Check label={`${longDay(holiday.on)} · ${holiday.name}`} value={!open.includes(holiday.key)} onChange={(closed) => (setOpen(closed ? open.filter((key) => key !== holiday.key) : [...open, holiday.key]), preview.reset())} />
            </li>
          ))}
        </ul>
        <p className="hint">{t("manage.holidaysHint")}</p>
        <div className="toolbar">
          <Button busy={preview.isPending} onClick={() => preview.mutate()}>
            {t("manage.preview")}
          </Button>
          <Button tone="main" busy={save.isPending} why={preview.data ? undefined : t("manage.previewFirst")} onClick={() => save.mutate()}>
            {t("save")}
          </Button>
        </div>
        {preview.isError ? <Failure error={preview.error} /> : null}
        {save.isError ? <Failure error={save.error} /> : null}
        {preview.data ? <Rehearsal found={preview.data} zone={zone} /> : null}
      </form>
    </section>
  );
}
