import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { longDay, today } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Text } from "./pieces";

type Holiday = Schemas["SchoolHoliday"];

/** The days without school of the venue's region, which series may leave out: all its venues share them. */
export function SchoolEditor({ venue, zone }: { venue: string; zone: string }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const query = api.useQuery("get", "/api/v1/school-holidays", { params: { query: { venue_id: venue, limit: 200 } } });
  const [changing, change] = useState("");
  const remove = useMutation({
    mutationFn: (id: string) => client.DELETE("/api/v1/school-holidays/{holiday_id}", { params: { path: { holiday_id: id } } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const { region, data } = query.data;
  const coming = data.filter((one) => one.last_on >= today(zone)).sort((a, b) => a.first_on.localeCompare(b.first_on));
  return (
    <section aria-labelledby="school">
      <h2 id="school">{t("manage.school")}</h2>
      <p className="hint">{t(region ? "manage.schoolShared" : "manage.schoolNoRegion")}</p>
      <RegionForm key={region} venue={venue} region={region} />
      {region && coming.length === 0 ? <Empty>{t("manage.noSchool")}</Empty> : null}
      <ul className="rows">
        {coming.map((one) => (
          <li key={one.id}>
            {changing === one.id ? (
              <HolidayForm venue={venue} holiday={one} onDone={() => change("")} />
            ) : (
              <>
                <div>
                  <strong>{document.documentElement.lang === "en" ? one.name_en : one.name_it}</strong>
                  <br />
                  <small>{one.first_on === one.last_on ? longDay(one.first_on) : `${longDay(one.first_on)} – ${longDay(one.last_on)}`}</small>
                </div>
                <div className="toolbar">
                  <Button onClick={() => change(one.id)}>{t("manage.change")}</Button>
                  <Button busy={remove.isPending} onClick={() => remove.mutate(one.id)}>
                    {t("manage.remove")}
                  </Button>
                </div>
              </>
            )}
          </li>
        ))}
      </ul>
      {remove.isError ? <Failure error={remove.error} /> : null}
      {region ? <HolidayForm key={data.length} venue={venue} /> : null}
    </section>
  );
}

function RegionForm({ venue, region }: { venue: string; region: string }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [said, say] = useState(region);
  const save = useMutation({
    mutationFn: () => client.PATCH("/api/v1/venues/{venue_id}", { params: { path: { venue_id: venue } }, body: { school_region: said.trim() } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  return (
    <form className="toolbar" onSubmit={(event) => event.preventDefault()}>
      <Field label={t("manage.schoolRegion")}>{(id) => <input id={id} maxLength={40} value={said} onChange={(e) => say(e.target.value)} />}</Field>
      {said.trim() === region ? null : (
        <Button busy={save.isPending} onClick={() => save.mutate()}>
          {t("save")}
        </Button>
      )}
      {save.isError ? <Failure error={save.error} /> : null}
    </form>
  );
}

function HolidayForm({ venue, holiday, onDone }: { venue: string; holiday?: Holiday; onDone?: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [it, setIt] = useState(holiday?.name_it ?? "");
  const [en, setEn] = useState(holiday?.name_en ?? "");
  const [first, setFirst] = useState(holiday?.first_on ?? "");
  const [last, setLast] = useState(holiday?.last_on ?? "");
  const facts = { name_it: it, name_en: en || it, first_on: first, last_on: last || first };
  const save = useMutation({
    mutationFn: (): Promise<unknown> =>
      holiday
        ? client.PATCH("/api/v1/school-holidays/{holiday_id}", { params: { path: { holiday_id: holiday.id } }, body: facts })
        : client.POST("/api/v1/school-holidays", { params: { header: keyed() }, body: { venue_id: venue, ...facts } }),
    onSuccess: async () => {
      await cache.invalidateQueries();
      onDone?.();
    },
  });
  const why = !it || !first ? t("manage.schoolFirst") : last && last < first ? t("manage.schoolOrder") : undefined;
  return (
    <form className={holiday ? "wide" : "panel wide"} onSubmit={(event) => event.preventDefault()} aria-label={t(holiday ? "manage.changeSchool" : "manage.newSchool")}>
      <h3>{t(holiday ? "manage.changeSchool" : "manage.newSchool")}</h3>
      <div className="toolbar">
        <Text label={t("manage.nameIt")} required value={it} onChange={setIt} />
        <Text label={t("manage.nameEn")} value={en} onChange={setEn} />
        <Field label={t("manage.schoolFrom")}>{(id) => <input id={id} type="date" required value={first} onChange={(e) => setFirst(e.target.value)} />}</Field>
        <Field label={t("manage.schoolTo")}>{(id) => <input id={id} type="date" value={last} min={first} onChange={(e) => setLast(e.target.value)} />}</Field>
      </div>
      <div className="toolbar">
        <Button tone="main" why={why} busy={save.isPending} onClick={() => save.mutate()}>
          {t(holiday ? "save" : "manage.add")}
        </Button>
        {onDone ? <Button onClick={onDone}>{t("manage.leave")}</Button> : null}
      </div>
      {save.isError ? <Failure error={save.error} /> : null}
    </form>
  );
}
