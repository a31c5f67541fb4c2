import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { addDays, longDay, periodText, today } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Check, Text } from "./pieces";
import { Rehearsal } from "./rehearsal";
import type { Scope } from "./rules-editor";

/** Days or hours taken out of the opening hours, with what that shuts out. */
export function ClosuresEditor({ scope, zone, of }: { scope: Scope; zone: string; of: "venue" | "resource" }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const query = api.useQuery("get", "/api/v1/closures", { params: { query: scope } });
  const [start, setStart] = useState(`${addDays(today(zone), 7)}T00:00`);
  const [end, setEnd] = useState(`${addDays(today(zone), 8)}T00:00`);
  const [it, setIt] = useState("");
  const [en, setEn] = useState("");
  const body = { ...scope, period: { start, end }, reason_it: it, reason_en: en || it };
  const preview = useMutation({ mutationFn: async () => (await client.POST("/api/v1/closures/preview", { body })).data });
  const save = useMutation({
    mutationFn: () => client.POST("/api/v1/closures", { params: { header: { ...keyed(), "If-Match": query.data?.edition ?? "" } }, body }),
    onSuccess: async () => {
      preview.reset();
      setIt("");
      setEn("");
      await cache.invalidateQueries();
    },
  });
  const lift = useMutation({
    mutationFn: (id: string) => client.DELETE("/api/v1/closures/{closure_id}", { params: { path: { closure_id: id }, header: { "If-Match": query.data?.edition ?? "" } } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  const touched = (set: (value: string) => void) => (value: string) => {
    set(value);
    preview.reset();
  };
  const why = it ? undefined : t("manage.reasonFirst");
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <section aria-labelledby="closures">
      <h2 id="closures">{t("manage.closures")}</h2>
      {query.data.data.length === 0 ? <Empty>{t("manage.noClosures")}</Empty> : null}
      <ul className="rows">
        {query.data.data.map((one) => (
          <li key={one.id}>
            <div>
              <strong>{document.documentElement.lang === "en" ? one.reason_en : one.reason_it}</strong> <small className="muted">{t(one.of === "venue" ? "manage.ofVenue" : "manage.ofResource")}</small>
              <br />
              <small>{periodText(one.period, zone, { today: t("today"), tomorrow: t("tomorrow") })}</small>
            </div>
            {one.of === of ? (
              <Button busy={lift.isPending} onClick={() => lift.mutate(one.id)}>
                {t("manage.lift")}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {lift.isError ? <Failure error={lift.error} /> : null}
      <form className="panel wide" onSubmit={(event) => event.preventDefault()} aria-label={t("manage.newClosure")}>
        <div className="toolbar">
          <Field label={t("from")}>{(id) => <input id={id} type="datetime-local" required value={start} onChange={(e) => touched(setStart)(e.target.value)} />}</Field>
          <Field label={t("to")}>{(id) => <input id={id} type="datetime-local" required value={end} onChange={(e) => touched(setEnd)(e.target.value)} />}</Field>
          <Text label={t("manage.reasonIt")} required value={it} onChange={touched(setIt)} />
          <Text label={t("manage.reasonEn")} value={en} onChange={touched(setEn)} />
        </div>
        <div className="toolbar">
          <Button busy={preview.isPending} why={why} onClick={() => preview.mutate()}>
            {t("manage.preview")}
          </Button>
          <Button tone="main" busy={save.isPending} why={why ?? (preview.data ? undefined : t("manage.previewFirst"))} onClick={() => save.mutate()}>
            {t("manage.newClosure")}
          </Button>
        </div>
        {preview.isError ? <Failure error={preview.error} /> : null}
        {save.isError ? <Failure error={save.error} /> : null}
        {preview.data ? <Rehearsal found={preview.data} zone={zone} /> : null}
      </form>
    </section>
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
