import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, queries, Refusal, type Schemas } from "../../api/client";
import { cents, money, written } from "../../kernel/money";
import { longDay, monthText } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { Compared } from "./compared";
import { Withdraw } from "./withdraw";

type Rule = Schemas["SplitRule"];
type Page = Schemas["RulePage"];
const OF = ["takings", "costs", "fees", "disputes"] as const;

export interface Row {
  key: string;
  /** The rule it was taken from: written for the same day, it takes its place. */
  was?: Rule;
  of: Rule["of"];
  kind: Rule["kind"];
  resource: string;
  category: string;
  amounts: Record<string, string>;
}

export const blank = (): Row => ({ key: crypto.randomUUID(), of: "takings", kind: "shares", resource: "", category: "", amounts: {} });

export const rowOf = (rule: Rule): Row => ({
  ...blank(),
  was: rule,
  of: rule.of,
  kind: rule.kind,
  resource: rule.resource?.id ?? "",
  category: rule.category,
  amounts: Object.fromEntries(Object.entries(rule.amounts).map(([id, amount]) => [id, written(amount.cents)])),
});

/** The rows as the API is told them. */
export const saidOf = (rows: readonly Row[], page: Page) =>
  rows.map((row) => ({
    of: row.of,
    kind: row.kind,
    resource_id: row.of === "takings" && row.resource ? row.resource : null,
    category: row.of === "costs" ? row.category : "",
    amounts: page.with_amounts.includes(row.kind)
      ? Object.entries(row.amounts)
          .filter(([, typed]) => typed.trim())
          .map(([partner_id, typed]) => ({ partner_id, cents: cents(typed) }))
      : [],
  }));

/** What is wrong at a field of what was sent. */
export const faultsOf = (error: unknown, words: string) => (pointer: string) => {
  const found = error instanceof Refusal ? error.problem.pointers.find((fault) => fault.pointer.startsWith(pointer)) : undefined;
  return found ? found.detail || words : undefined;
};

/** By which rules lines are divided, from which day; the lead writes others, having tried them on a month. */
export function SplitRules({ consortium, month, today }: { consortium: Schemas["ConsortiumHistory"]; month: string; today: string }) {
  const { t } = useTranslation();
  const [drafts, setDrafts] = useState<Row[]>([]);
  const query = api.useQuery("get", "/api/v1/split-rules", { params: { query: { consortium_id: consortium.id, limit: 200 } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const page = query.data;
  return (
    <section aria-labelledby="split-rules">
      <h2 id="split-rules">{t("cons.rules")}</h2>
      <p className="muted">{t("cons.rulesElse")}</p>
      {page.data.length === 0 ? <Empty>{t("cons.noRules")}</Empty> : null}
      <ul className="reasons">
        {page.data.map((rule) => {
          const what = [t(`cons.of.${rule.of}`), rule.resource?.name, rule.category].filter(Boolean).join(" · ");
          return (
            <li key={rule.id}>
              {what}: <strong>{t(`cons.rule.${rule.kind}`)}</strong>{" "}
              {Object.entries(rule.amounts)
                .map(([id, amount]) => `${consortium.partners.find((p) => p.id === id)?.name} ${money(amount)}`)
                .join(", ")}{" "}
              <span className="muted">{t("cons.since", { day: longDay(rule.from_on) })}</span>{" "}
              {page.can_rule ? (
                <button type="button" className="link" aria-label={`${t("cons.changeRule")}: ${what}`} onClick={() => setDrafts([...drafts, rowOf(rule)])}>
                  {t("cons.changeRule")}
                </button>
              ) : null}
              {page.can_rule ? <Withdraw what={`${what}, ${t("cons.since", { day: longDay(rule.from_on) })}`} action={rule.actions["withdraw"]} act={() => client.DELETE("/api/v1/split-rules/{rule_id}", { params: { path: { rule_id: rule.id } } })} /> : null}
            </li>
          );
        })}
      </ul>
      {page.can_rule && drafts.length === 0 ? (
        <p className="toolbar">
          <Button onClick={() => setDrafts([blank()])}>{t("cons.newRules")}</Button>
        </p>
      ) : null}
      {drafts.length > 0 ? <Draft consortium={consortium} month={month} today={today} page={page} rows={drafts} put={setDrafts} /> : null}
    </section>
  );
}

interface DraftProps {
  consortium: Schemas["ConsortiumHistory"];
  month: string;
  today: string;
  page: Page;
  rows: Row[];
  put: (rows: Row[]) => void;
}

/** Rules that nobody has written yet: from a version of the agreement or another day, tried and then written as one. */
function Draft({ consortium, month, today, page, rows, put }: DraftProps) {
  const { t } = useTranslation();
  const resources = api.useQuery("get", "/api/v1/resources", { params: { query: { limit: 200 } } });
  const coming = consortium.agreements.find((version) => version.from_on >= today);
  const [from, setFrom] = useState(rows[0]?.was?.actions["withdraw"]?.allowed ? rows[0].was.from_on : (coming?.from_on ?? today));
  const said = saidOf(rows, page);
  const instead = rows.flatMap((row) => (row.was?.from_on === from && row.was.actions["withdraw"]?.allowed ? [row.was.id] : []));
  const attempt = useMutation({
    mutationFn: async () => (await client.POST("/api/v1/settlements/what-if", { body: { consortium_id: consortium.id, month, rules: said } })).data,
  });
  const write = useMutation({
    mutationFn: () => client.POST("/api/v1/split-rules", { params: { header: keyed() }, body: { consortium_id: consortium.id, from_on: from, rules: said, instead_of_rules: instead } }),
    onSuccess: () => {
      put([]);
      return queries.invalidateQueries();
    },
  });
  const change = (next: Row[]) => {
    put(next);
    attempt.reset();
    write.reset();
  };
  const failed = write.error ?? attempt.error;
  const faultAt = faultsOf(failed, t("cons.notThis"));
  return (
    <form
      className="panel wide"
      aria-label={t("cons.newRules")}
      onSubmit={(event) => {
        event.preventDefault();
        write.mutate();
      }}
    >
      <div className="toolbar">
        <Field label={t("cons.rulesOf")}>
          {(id) => (
            <select id={id} value={consortium.agreements.some((version) => version.from_on === from) ? from : ""} onChange={(e) => setFrom(e.target.value || today)}>
              {consortium.agreements.map((version) => (
                <option key={version.id} value={version.from_on}>
                  {t("cons.versionSince", { version: version.version, day: longDay(version.from_on) })}
                </option>
              ))}
              <option value="">{t("cons.otherDay")}</option>
            </select>
          )}
        </Field>
        <Field label={t("cons.fromDay")} error={faultAt("/from_on")}>
          {(id, described) => <input id={id} type="date" required value={from} aria-describedby={described} onChange={(e) => setFrom(e.target.value)} />}
        </Field>
      </div>
      {rows.map((row, n) => (
        <RuleRow key={row.key} row={row} n={n} page={page} consortium={consortium} resources={resources.data?.data} faultAt={faultAt} set={(more) => change(rows.map((one) => (one === row ? { ...row, ...more } : one)))} remove={() => change(rows.filter((one) => one !== row))} />
      ))}
      <p>
        <Button onClick={() => change([...rows, blank()])}>{t("cons.anotherRule")}</Button>
      </p>
      {failed ? <Failure error={failed} /> : null}
      <div className="toolbar">
        <Button busy={attempt.isPending} onClick={() => attempt.mutate()}>
          {t("cons.tryOn", { month: monthText(month) })}
        </Button>
        <button type="submit" className="button main" aria-busy={write.isPending}>
          {t("cons.writeRules")}
        </button>
      </div>
      <p className="muted">{t("cons.tryHint")}</p>
      {attempt.data ? <Compared told={attempt.data} /> : null}
    </form>
  );
}

interface RowProps {
  row: Row;
  n: number;
  page: Page;
  consortium: Schemas["ConsortiumHistory"];
  resources: readonly { id: string; name: string }[] | undefined;
  faultAt: (pointer: string) => string | undefined;
  set: (more: Partial<Row>) => void;
  remove: () => void;
}

export function RuleRow({ row, n, page, consortium, resources, faultAt, set, remove }: RowProps) {
  const { t } = useTranslation();
  const kinds = page.kinds[row.of === "takings" && row.resource ? "resource" : row.of] ?? [];
  const at = `/rules/${n}`;
  const among = (more: Partial<Row>) => {
    const next = { ...row, ...more };
    const open = page.kinds[next.of === "takings" && next.resource ? "resource" : next.of] ?? [];
    set(open.includes(next.kind) ? more : { ...more, kind: open[0] ?? "shares" });
  };
  return (
    <fieldset className="toolbar bare">
      <legend>{t("cons.ruleNumber", { n: n + 1 })}</legend>
      <Field label={t("cons.linesOf")} error={faultAt(`${at}/of`)}>
        {(id, described) => (
          <select id={id} value={row.of} aria-describedby={described} onChange={(e) => among({ of: e.target.value as Rule["of"] })}>
            {OF.map((of) => (
              <option key={of} value={of}>
                {t(`cons.of.${of}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {row.of === "takings" ? <Choice label={t("resource")} value={row.resource} among={resources} none={t("all")} error={faultAt(`${at}/resource_id`)} onChange={(resource) => among({ resource })} /> : null}
      {row.of === "costs" ? (
        <Field label={t("cons.category")} hint={t("cons.categoryHint")} error={faultAt(`${at}/category`)}>
          {(id, described) => <input id={id} maxLength={40} value={row.category} aria-describedby={described} onChange={(e) => set({ category: e.target.value })} />}
        </Field>
      ) : null}
      <Field label={t("cons.divided")} error={faultAt(`${at}/kind`)}>
        {(id, described) => (
          <select id={id} value={row.kind} aria-describedby={described} onChange={(e) => set({ kind: e.target.value as Rule["kind"] })}>
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {t(`cons.rule.${kind}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {page.with_amounts.includes(row.kind)
        ? consortium.partners.map((partner, place) => (
            <Field key={partner.id} label={t("cons.aMonth", { name: partner.name })} error={place === 0 ? faultAt(`${at}/amounts`) : undefined}>
              {(id, described) => (
                <input
                  id={id}
                  className="short"
                  inputMode="decimal"
                  pattern="[0-9.]*(,[0-9]{1,2})?"
                  value={row.amounts[partner.id] ?? ""}
                  aria-describedby={described}
                  onChange={(e) => set({ amounts: { ...row.amounts, [partner.id]: e.target.value } })}
                />
              )}
            </Field>
          ))
        : null}
      <button type="button" className="link" onClick={remove} aria-label={`${t("manage.remove")}: ${t("cons.ruleNumber", { n: n + 1 })}`}>
        {t("manage.remove")}
      </button>
    </fieldset>
  );
}
