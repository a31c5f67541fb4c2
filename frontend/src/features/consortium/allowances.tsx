import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, queries, Refusal, type Schemas } from "../../api/client";
import { addMonths, monthText } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Choice, OneOf } from "../../ui/choice";
import { KindBoxes } from "../../ui/kind-boxes";
import { unitsOf, unitsText } from "../../ui/units";

/** Each partner's hours a month on what is shared: what was agreed, what is left; the lead agrees on more. */
export function Allowances({ consortium, today }: { consortium: Schemas["ConsortiumShape"]; today: string }) {
  const { t } = useTranslation();
  const [writing, write] = useState(false);
  const query = api.useQuery("get", "/api/v1/allowances", { params: { query: { consortium_id: consortium.id } } });
  const rows = query.data?.data ?? [];
  const much = (minutes: number) => unitsText("minutes", minutes, t);
  return (
    <section aria-labelledby="allowances">
      <h2 id="allowances">{t("allow.title")}</h2>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.isSuccess && rows.length === 0 ? <Empty>{t("allow.none")}</Empty> : null}
      {rows.length > 0 ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={t("allow.title")}>
          <table className="data wrapped">
            <thead>
              <tr>
                <th scope="col">{t("report.partner")}</th>
                <th scope="col">{t("report.month")}</th>
                <th scope="col">{t("allow.left")}</th>
                <th scope="col">{t("allow.given")}</th>
                <th scope="col">{t("allow.carried")}</th>
                <th scope="col">{t("allow.used")}</th>
              </tr>
            </thead>
            {rows.map((row) => (
              <tbody key={row.partner.id + row.venue.id + row.name}>
                {row.months.map((month, n) => (
                  <tr key={month.month}>
                    {n === 0 ? (
                      <th scope="rowgroup" rowSpan={row.months.length}>
                        {[row.partner.name, row.name].filter(Boolean).join(" · ")}
                        <Agreed row={row} />
                      </th>
                    ) : null}
                    <td>{monthText(month.month)}</td>
                    <td>
                      <meter min={0} max={Math.max(1, month.given_minutes + month.carried_minutes)} value={month.left_minutes} aria-label={t("allow.left")} /> <strong>{much(month.left_minutes)}</strong>
                    </td>
                    <td>{much(month.given_minutes)}</td>
                    <td>{month.carried_minutes ? much(month.carried_minutes) : "–"}</td>
                    <td>{much(month.used_minutes)}</td>
                  </tr>
                ))}
              </tbody>
            ))}
          </table>
        </div>
      ) : null}
      {query.data?.can_agree ? (
        <p className="toolbar">
          <Button onClick={() => write(!writing)} aria-expanded={writing}>
            {t("allow.new")}
          </Button>
        </p>
      ) : null}
      {writing ? <NewAllowance consortium={consortium} today={today} done={() => write(false)} /> : null}
    </section>
  );
}

/** What the version in force says, and what is agreed for later. */
function Agreed({ row }: { row: Schemas["Allowance"] }) {
  const { t } = useTranslation();
  const much = (minutes: number) => unitsText("minutes", minutes, t);
  const shown = row.versions.filter((version, n) => version.in_force || row.versions.slice(n + 1).some((one) => one.in_force) || row.versions.every((one) => !one.in_force));
  return (
    <>
      <br />
      <small className="muted">{row.venue.name}</small>
      {shown.map((version) => (
        <small className="muted" key={version.from_on}>
          <br />
          {[
            row.name ? t("allow.inTurn", { turn: version.turn }) : "",
            t("allow.since", { month: monthText(version.from_on.slice(0, 7)), much: much(version.minutes) }),
            version.kinds.length > 0 ? version.kinds.map((kind) => t(`kind.${kind as "desk"}`)).join(", ") : "",
            version.resources.map((one) => one.name).join(", "),
            version.minutes ? t(`allow.beyond.${version.beyond}`) : "",
            version.minutes && version.carried_minutes ? t("allow.carries", { much: much(version.carried_minutes) }) : version.minutes ? t("allow.lapses") : "",
            version.told ? t("allow.told") : "",
          ]
            .filter(Boolean)
            .join(" · ")}
        </small>
      ))}
    </>
  );
}

function NewAllowance({ consortium, today, done }: { consortium: Schemas["ConsortiumShape"]; today: string; done: () => void }) {
  const { t } = useTranslation();
  const venues = api.useQuery("get", "/api/v1/venues", { params: { query: {} } });
  const months = Array.from({ length: 13 }, (_, n) => addMonths(`${today.slice(0, 7)}-01`, n));
  const [it, set] = useState({ partner: consortium.partners[0]?.id ?? "", venue: "", name: "", turn: "0", from: months[0] ?? "", hours: "20", beyond: "tariff" as Schemas["Allowance"]["versions"][number]["beyond"], carried: "0", told: false, kinds: [] as Schemas["ResourceKind"][], resource: "" });
  const resources = api.useQuery("get", "/api/v1/resources", { params: { query: { limit: 200 } } });
  const venue = it.venue || (venues.data?.data[0]?.id ?? "");
  const agree = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/allowances", {
        params: { header: keyed() },
        body: { partner_id: it.partner, venue_id: venue, from_on: it.from, minutes: unitsOf("minutes", it.hours), beyond: it.beyond, carried_minutes: unitsOf("minutes", it.carried), told: it.told, kinds: it.kinds, resource_ids: it.resource ? [it.resource] : [], name: it.name.trim(), turn: Number(it.turn) || 0 },
      }),
    onSuccess: () => {
      done();
      return queries.invalidateQueries();
    },
  });
  const faults = agree.error instanceof Refusal ? agree.error.problem.pointers : [];
  const faultAt = (pointer: string) => faults.find((fault) => fault.pointer === pointer)?.detail;
  const number = (label: string, value: string, change: (typed: string) => void, hint?: string) => (
    <Field label={label} hint={hint}>
      {(id) => <input id={id} className="short" required inputMode="decimal" pattern="[0-9]+([.,][0-9]+)?" value={value} onChange={(e) => change(e.target.value.replace(",", "."))} />}
    </Field>
  );
  return (
    <form
      className="panel wide"
      onSubmit={(event) => {
        event.preventDefault();
        agree.mutate();
      }}
    >
      <div className="toolbar">
        <Choice label={t("report.partner")} value={it.partner} among={consortium.partners} onChange={(id) => set({ ...it, partner: id })} />
        <Choice label={t("search.venue")} value={venue} among={venues.data?.data} onChange={(id) => set({ ...it, venue: id, resource: "" })} />
        <Choice label={t("allow.only")} value={it.resource} among={resources.data?.data.filter((one) => one.venue.id === venue)} none={t("all")} onChange={(resource) => set({ ...it, resource })} />
        <Field label={t("allow.name")} hint={t("allow.nameHint")} error={faultAt("/name")}>
          {(id, described) => <input id={id} maxLength={40} aria-describedby={described} value={it.name} onChange={(e) => set({ ...it, name: e.target.value })} />}
        </Field>
        <Field label={t("allow.turn")} hint={t("allow.turnHint")} error={faultAt("/turn")}>
          {(id, described) => <input id={id} type="number" min={0} max={99} className="short" aria-describedby={described} value={it.turn} onChange={(e) => set({ ...it, turn: e.target.value })} />}
        </Field>
        <Field label={t("allow.from")} error={faultAt("/from_on")}>
          {(id) => (
            <select id={id} value={it.from} onChange={(e) => set({ ...it, from: e.target.value })}>
              {months.map((month) => (
                <option key={month} value={month}>
                  {monthText(month.slice(0, 7))}
                </option>
              ))}
            </select>
          )}
        </Field>
        {number(t("allow.hours"), it.hours, (hours) => set({ ...it, hours }), t("allow.hoursHint"))}
        <OneOf label={t("allow.use")} value={it.beyond} all={["tariff", "refused"] as const} say={(beyond) => t(`allow.beyond.${beyond}`)} onChange={(beyond) => set({ ...it, beyond })} />
        {number(t("allow.carry"), it.carried, (carried) => set({ ...it, carried }), t("allow.carryHint"))}
      </div>
      <KindBoxes legend={t("passes.for")} chosen={it.kinds} onChange={(kinds) => set({ ...it, kinds })} />
      <p>
        <label className="box">
          <input type="checkbox" checked={it.told} onChange={(e) => set({ ...it, told: e.target.checked })} /> {t("allow.tell")}
        </label>
      </p>
      {agree.isError ? <Failure error={agree.error} /> : null}
      <button type="submit" className="button main" aria-busy={agree.isPending}>
        {t("allow.agree")}
      </button>
    </form>
  );
}
