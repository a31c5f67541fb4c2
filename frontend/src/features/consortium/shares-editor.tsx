import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, queries, type Schemas } from "../../api/client";
import { rateText } from "../../kernel/money";
import { longDay, monthText } from "../../kernel/time";
import { Button, Failure, Field } from "../../ui/basics";
import { Compared } from "./compared";
import { blank, faultsOf, rowOf, RuleRow, saidOf, type Row } from "./split-rules";
import { Withdraw } from "./withdraw";

type History = Schemas["ConsortiumHistory"];
type Version = Schemas["AgreementVersion"];

/** Every version of the agreement, newest first, and the next one. */
export function SharesEditor({ consortium, month, today }: { consortium: History; month: string; today: string }) {
  const { t } = useTranslation();
  /** What is written: the next version, or one in the place of another. */
  const [writing, write] = useState<{ instead?: Version } | null>(null);
  const why = consortium.actions["agree"]?.reasons[0]?.detail;
  return (
    <section aria-labelledby="agreements">
      <h2 id="agreements">{t("cons.agreements")}</h2>
      <div className="scroll" tabIndex={0} role="group" aria-label={t("cons.agreements")}>
        <table className="data wrapped">
          <thead>
            <tr>
              <th scope="col">{t("cons.version")}</th>
              {consortium.partners.map((partner) => (
                <th scope="col" key={partner.id}>
                  {partner.name}
                </th>
              ))}
              <th scope="col">{t("cons.fee")}</th>
              <th scope="col">{t("cons.mandate")}</th>
              {why ? null : <th scope="col">{t("cons.withdrawn")}</th>}
            </tr>
          </thead>
          <tbody>
            {consortium.agreements.map((version) => (
              <tr key={version.id} className={version.in_force ? "strong" : ""}>
                <th scope="row">
                  {version.version}
                  <small className="muted">
                    {" "}
                    {t("cons.since", { day: longDay(version.from_on) })}
                    {version.in_force ? ` · ${t("cons.inForce")}` : ""}
                  </small>
                </th>
                {consortium.partners.map((partner) => (
                  <td key={partner.id}>{shareOf(version, partner.id)}</td>
                ))}
                <td>{rateText(version.mandate_fee)}</td>
                <td className="words">{[version.mandate_ref, version.mandate_on && longDay(version.mandate_on)].filter(Boolean).join(", ") || "–"}</td>
                {why ? null : (
                  <td className="words">
                    {version.actions["withdraw"]?.allowed ? (
                      <button type="button" className="link" aria-label={`${t("cons.putRight")}: ${t("cons.version")} ${version.version}`} onClick={() => write({ instead: version })}>
                        {t("cons.putRight")}
                      </button>
                    ) : null}{" "}
                    <Withdraw what={`${t("cons.version")} ${version.version}`} action={version.actions["withdraw"]} act={() => client.DELETE("/api/v1/agreements/{agreement_id}", { params: { path: { agreement_id: version.id } } })} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="toolbar">
        <Button why={why} onClick={() => write(writing ? null : {})} aria-expanded={writing !== null}>
          {t("cons.newAgreement")}
        </Button>
      </p>
      {writing ? <NewAgreement key={writing.instead?.id ?? ""} consortium={consortium} month={month} today={today} instead={writing.instead} done={() => write(null)} /> : null}
    </section>
  );
}

interface NewProps {
  consortium: History;
  month: string;
  today: string;
  instead: Version | undefined;
  done: () => void;
}

/** A version that nobody has written yet, with its rules: tried on a month, and written as one. */
function NewAgreement({ consortium, month, today, instead, done }: NewProps) {
  const { t } = useTranslation();
  const now = instead ?? consortium.agreements.find((version) => version.in_force);
  const [shares, setShares] = useState(Object.fromEntries(consortium.partners.map((p) => [p.id, String(Number(now?.shares.find((s) => s.partner.id === p.id)?.percent ?? 0))])));
  const [from, setFrom] = useState(instead?.from_on ?? today);
  const [fee, setFee] = useState(now?.mandate_fee ?? "0");
  const [ref, setRef] = useState(instead?.mandate_ref ?? "");
  const [signed, setSigned] = useState(instead?.mandate_on ?? "");
  const [changed, setRows] = useState<Row[] | null>(null);
  const query = api.useQuery("get", "/api/v1/split-rules", { params: { query: { consortium_id: consortium.id, limit: 200 } } });
  const resources = api.useQuery("get", "/api/v1/resources", { params: { query: { limit: 200 } } });
  const page = query.data;
  const rows = changed ?? (instead && page ? page.data.filter((rule) => rule.from_on === instead.from_on).map(rowOf) : []);
  const rules = page ? saidOf(rows, page) : [];
  const percents = Object.entries(shares)
    .filter(([, percent]) => Number(percent) > 0)
    .map(([partner_id, percent]) => ({ partner_id, percent }));
  const attempt = useMutation({
    mutationFn: async () => (await client.POST("/api/v1/settlements/what-if", { body: { consortium_id: consortium.id, month, rules, shares: percents, mandate_fee: fee || "0" } })).data,
  });
  const act = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/split-rules", {
        params: { header: keyed() },
        body: { consortium_id: consortium.id, from_on: from, rules, agreement: { shares: percents, mandate_fee: fee || "0", mandate_ref: ref, mandate_on: signed || null }, instead_of: instead?.id ?? null },
      }),
    onSuccess: () => {
      done();
      return queries.invalidateQueries();
    },
  });
  const failed = act.error ?? attempt.error;
  const faultAt = faultsOf(failed, t("cons.notThis"));
  const change = (next: Row[]) => {
    setRows(next);
    attempt.reset();
    act.reset();
  };
  return (
    <form
      className="panel wide"
      aria-label={instead ? `${t("cons.putRight")}: ${t("cons.version")} ${instead.version}` : t("cons.newAgreement")}
      onSubmit={(event) => {
        event.preventDefault();
        act.mutate();
      }}
    >
      <div className="toolbar">
        <Field label={t("cons.fromDay")} error={faultAt("/from_on")}>
          {(id, described) => <input id={id} type="date" required min={instead && instead.from_on < today ? instead.from_on : today} value={from} aria-describedby={described} onChange={(e) => setFrom(e.target.value)} />}
        </Field>
        {consortium.partners.map((partner) => (
          <Field key={partner.id} label={`${partner.name} (%)`}>
            {(id) => <input id={id} className="short" inputMode="decimal" value={shares[partner.id]} onChange={(e) => setShares({ ...shares, [partner.id]: e.target.value.replace(",", ".") })} />}
          </Field>
        ))}
      </div>
      <div className="toolbar">
        <Field label={`${t("cons.fee")} (%)`}>{(id) => <input id={id} className="short" inputMode="decimal" value={fee} onChange={(e) => setFee(e.target.value.replace(",", "."))} />}</Field>
        <Field label={t("cons.mandateRef")}>{(id) => <input id={id} maxLength={120} value={ref} onChange={(e) => setRef(e.target.value)} />}</Field>
        <Field label={t("cons.mandateOn")}>{(id) => <input id={id} type="date" value={signed} onChange={(e) => setSigned(e.target.value)} />}</Field>
      </div>
      {page ? rows.map((row, n) => <RuleRow key={row.key} row={row} n={n} page={page} consortium={consortium} resources={resources.data?.data} faultAt={faultAt} set={(more) => change(rows.map((one) => (one === row ? { ...row, ...more } : one)))} remove={() => change(rows.filter((one) => one !== row))} />) : null}
      {page ? (
        <p>
          <Button onClick={() => change([...rows, blank()])}>{t("cons.withRule")}</Button>
        </p>
      ) : null}
      {failed ? <Failure error={failed} /> : null}
      <div className="toolbar">
        <Button busy={attempt.isPending} onClick={() => attempt.mutate()}>
          {t("cons.tryOn", { month: monthText(month) })}
        </Button>
        <button type="submit" className="button main" aria-busy={act.isPending}>
          {rows.length > 0 ? t("cons.agreeWithRules") : t("cons.agree")}
        </button>
      </div>
      {instead ? <p className="muted">{t("cons.insteadSay")}</p> : null}
      {attempt.data ? <Compared told={attempt.data} /> : null}
    </form>
  );
}

function shareOf(version: Schemas["AgreementVersion"], partner: string): string {
  const found = version.shares.find((share) => share.partner.id === partner);
  return found ? rateText(found.percent) : "–";
}
