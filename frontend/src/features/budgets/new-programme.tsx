import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { Button, Failure, Field } from "../../ui/basics";
import { KindBoxes } from "../../ui/kind-boxes";
import { MEASURES, unitsOf } from "../../ui/units";
import { weekdayText } from "../../kernel/time";

const JOINING = ["list", "code", "application"] as const;
const MOST = 20;

interface Grant {
  name: string;
  unit: Schemas["Measure"];
  given: string;
  cap: string;
  kinds: readonly Schemas["ResourceKind"][];
}
const FIRST: Grant = { name: "", unit: "minutes", given: "100", cap: "", kinds: [] };

/** A new programme: who pays, for whom, when, how much of what, and which part of the price. */
export function NewProgramme({ venue, onDone }: { venue: string; onDone: (id: string) => void }) {
  const { t } = useTranslation();
  const [form, set] = useState({ name: "", text: "", q: "", sponsor: "", from: "", last: "", percent: "100", joining: "list" as (typeof JOINING)[number], code: "", hides: false });
  const [grants, give] = useState<readonly Grant[]>([FIRST]);
  const [weekdays, setDays] = useState<number[]>([]);
  const sponsors = api.useQuery("get", "/api/v1/programmes/sponsors", { params: { query: { q: form.q } } }, { enabled: form.q.trim().length > 2 });
  const make = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/programmes", {
        params: { header: keyed() },
        body: {
          venue_id: venue,
          sponsor_id: form.sponsor,
          name: form.name,
          text: form.text,
          from_on: form.from,
          last_on: form.last,
          percent: Number(form.percent),
          weekdays,
          joining: form.joining,
          ...(form.joining === "code" ? { code: form.code } : {}),
          hides_names: form.hides,
          budgets: grants.map(({ name, unit, given, cap, kinds }) => ({ name, unit, given: unitsOf(unit, given), kinds: [...kinds], cap: cap ? unitsOf(unit, cap) : null })),
        },
      }),
    onSuccess: ({ data }) => data && onDone(data.id),
  });
  const typed = (name: keyof typeof form) => (e: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>) => set({ ...form, [name]: e.target.value });
  return (
    <form
      className="panel"
      aria-labelledby="new-programme"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <h2 id="new-programme">{t("programmes.new")}</h2>
      <Field label={t("passes.name")}>{(id) => <input id={id} required maxLength={80} value={form.name} onChange={typed("name")} />}</Field>
      <Field label={t("programmes.text")}>{(id) => <textarea id={id} rows={2} maxLength={2000} value={form.text} onChange={typed("text")} />}</Field>
      <div className="pair">
        <Field label={t("programmes.findSponsor")}>{(id) => <input id={id} type="search" value={form.q} onChange={typed("q")} />}</Field>
        <Field label={t("programmes.sponsor")}>
          {(id) => (
            <select id={id} required value={form.sponsor} onChange={typed("sponsor")}>
              <option value="">–</option>
              {(sponsors.data?.data ?? []).map((body) => (
                <option key={body.id} value={body.id}>
                  {body.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("fromDay")}>{(id) => <input id={id} type="date" required value={form.from} onChange={typed("from")} />}</Field>
        <Field label={t("programmes.last")}>{(id) => <input id={id} type="date" required value={form.last} onChange={typed("last")} />}</Field>
        <Field label={t("programmes.percent")}>{(id) => <input id={id} type="number" required min={1} max={100} value={form.percent} onChange={typed("percent")} />}</Field>
        <Field label={t("programmes.joining")}>
          {(id) => (
            <select id={id} value={form.joining} onChange={typed("joining")}>
              {JOINING.map((one) => (
                <option key={one} value={one}>
                  {t(`programmes.how.${one}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {form.joining === "code" ? <Field label={t("programmes.code")}>{(id) => <input id={id} required minLength={8} maxLength={40} value={form.code} onChange={typed("code")} />}</Field> : null}
      </div>
      {grants.map((grant, n) => (
        <GrantFields key={n} n={n} grant={grant} several={grants.length > 1} change={(to) => give(grants.flatMap((one, at) => (at !== n ? [one] : to ? [to] : [])))} />
      ))}
      {grants.length < MOST ? <Button onClick={() => give([...grants, FIRST])}>{t("programmes.another")}</Button> : null}
      <fieldset className="boxes">
        <legend>{t("programmes.weekdays")}</legend>
        {[1, 2, 3, 4, 5, 6, 7].map((day) => (
          <label key={day}>
            <input type="checkbox" checked={weekdays.includes(day)} onChange={(e) => setDays(e.target.checked ? [...weekdays, day] : weekdays.filter((one) => one !== day))} /> {weekdayText(day)}
          </label>
        ))}
      </fieldset>
      <label className="check">
        <input type="checkbox" checked={form.hides} onChange={(e) => set({ ...form, hides: e.target.checked })} /> {t("programmes.hides")}
      </label>
      {make.isError ? <Failure error={make.error} /> : null}
      <Button type="submit" tone="main" busy={make.isPending}>
        {t("save")}
      </Button>
    </form>
  );
}

/** So much of some kinds of thing; of several each has a name. */
function GrantFields({ n, grant, several, change }: { n: number; grant: Grant; several: boolean; change: (to: Grant | null) => void }) {
  const { t } = useTranslation();
  const typed = (name: "name" | "given" | "cap") => (e: React.ChangeEvent<HTMLInputElement>) => change({ ...grant, [name]: e.target.value });
  return (
    <fieldset>
      <legend>{t("programmes.budget", { n: n + 1 })}</legend>
      <div className="pair">
        {several ? <Field label={t("passes.name")}>{(id) => <input id={id} required maxLength={80} value={grant.name} onChange={typed("name")} />}</Field> : null}
        <Field label={t("units.measure")}>
          {(id) => (
            <select id={id} value={grant.unit} onChange={(e) => change({ ...grant, unit: e.target.value as Schemas["Measure"] })}>
              {MEASURES.map((one) => (
                <option key={one} value={one}>
                  {t(`units.names.${one}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("units.amount")}>{(id) => <input id={id} type="number" required min={1} value={grant.given} onChange={typed("given")} />}</Field>
        <Field label={t("programmes.cap")}>{(id) => <input id={id} type="number" min={1} value={grant.cap} onChange={typed("cap")} />}</Field>
      </div>
      <KindBoxes legend={t("passes.for")} chosen={grant.kinds} onChange={(kinds) => change({ ...grant, kinds })} />
      {several ? <Button onClick={() => change(null)}>{t("programmes.fewer", { n: n + 1 })}</Button> : null}
    </fieldset>
  );
}
