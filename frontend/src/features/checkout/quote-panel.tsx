import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, Refusal, type Schemas } from "../../api/client";
import { money, rateText } from "../../kernel/money";
import { monthText } from "../../kernel/time";
import { Button, Failure, Field, Loading } from "../../ui/basics";
import { unitsText } from "../../ui/units";
import { FiscalForm } from "./fiscal-form";
import { OnPaper } from "./on-paper";
import { Coupon, Extras } from "./wares";

type Booking = Schemas["Booking"];

/** Steps that the line or its draws say better. */
const SAID_ELSEWHERE = new Set(["draw", "pass", "plan"]);

/** What held bookings and passes cost, in every step, what is drawn for them, who pays, and the one button that goes on. */
export function QuotePanel({ bookings, passKinds = [], plan }: { bookings: Booking[]; passKinds?: string[]; plan?: string | undefined }) {
  const ids = bookings.map((booking) => booking.id);
  const { t } = useTranslation();
  const go = useNavigate();
  const cache = useQueryClient();
  const [payer, choose] = useState<string | null>(bookings[0]?.organisation?.id ?? null);
  const [method, setMethod] = useState("");
  const quote = useQuery({
    queryKey: ["quote", ids, payer, passKinds, plan],
    queryFn: async () => (await client.POST("/api/v1/quotes", { body: { ...(ids.length > 0 ? { booking_ids: ids } : {}), ...(passKinds.length > 0 ? { pass_kind_ids: passKinds } : {}), ...(plan ? { plan_id: plan } : {}), organisation_id: payer } })).data,
  });
  const coupon = useMutation({
    mutationFn: async (code: string) => (await client.POST("/api/v1/quotes", { body: { booking_ids: ids, organisation_id: payer, coupon: code } })).data,
    onSuccess: () => quote.refetch(),
  });
  const pay = useMutation({
    mutationFn: (how: string) =>
      client.POST("/api/v1/checkouts", {
        params: { header: keyed() },
        body: { quote_id: quote.data?.id ?? "", booking_ids: ids, method: how as "card" },
      }),
    onSuccess: ({ data }) => {
      if (!data) return;
      // Leaving by assignment and not by a form: the content policy lets no form post elsewhere.
      if (data.redirect_url) window.location.assign(data.redirect_url);
      else {
        void cache.invalidateQueries();
        void go({ to: "/checkout/$id", params: { id: data.id } });
      }
    },
    onError: (error) => error instanceof Refusal && ["price-changed", "budget-spent", "credit-too-small"].includes(error.problem.code) && void quote.refetch(),
  });
  if (quote.isPending) return <Loading />;
  if (quote.isError || !quote.data) return <Failure error={quote.error} retry={() => void quote.refetch()} />;
  const found = quote.data;
  const open = bookings.every((booking) => booking.state === "held");
  const how = method || found.methods[0] || "card";
  const lacking = found.outcome === "book" || found.payer.complete ? [] : found.payer.missing;
  return (
    <section className="panel" aria-labelledby="quote">
      <h2 id="quote">{t("price")}</h2>
      <table className="figures">
        <tbody>
          {found.lines.map((line) => (
            <tr key={`${line.item_id ?? line.pass_kind_id ?? line.plan_id ?? ""}${line.issuer_id}${line.extra_id ?? ""}`}>
              <th scope="row">
                {line.description}
                {line.list_price.cents > line.gross.cents ? (
                  <small>
                    {t("listPrice")}: {money(line.list_price)}
                  </small>
                ) : null}
                {line.steps.filter((step) => !SAID_ELSEWHERE.has(step.code)).map((step, n) => (
                  <small key={n}>{inWords(step, t)}</small>
                ))}
                {line.item_id && line.charge_by !== "reservation" ? <small>{t(`chargedBy.${line.charge_by}`, { amount: money(line.gross) })}</small> : null}
                {line.draws.map((draw) => (
                  <small key={draw.budget_id} className="draw">
                    {t(`draw.${draw.kind}`, { used: unitsText(draw.unit, draw.units, t), name: draw.name, left: unitsText(draw.unit, draw.left, t) })} {t("draw.pays", { worth: money(draw.worth) })}
                  </small>
                ))}
              </th>
              <td>{money(line.gross)}</td>
            </tr>
          ))}
          <tr className="total">
            <th scope="row">{t("totalVat")}</th>
            <td>{money(found.total)}</td>
          </tr>
          {found.vat.map((rate) => (
            <tr key={rate.rate + rate.natura} className="muted">
              <th scope="row">{t("ofWhichVat", { rate: rateText(rate.rate) })}</th>
              <td>{money(rate.vat)}</td>
            </tr>
          ))}
          {found.deposit.cents > 0 ? (
            <tr>
              <th scope="row">
                {t("deposit.quoted")}
                <small>{t("deposit.quotedMore")}</small>
              </th>
              <td>{money(found.deposit)}</td>
            </tr>
          ) : null}
        </tbody>
      </table>
      {found.allowances.map((one) => (
        <p className="muted" key={one.month + one.name}>
          {t(one.name ? "allow.quoteNamed" : "allow.quote", { name: one.name, month: monthText(one.month), left: unitsText("minutes", one.left_minutes, t), given: unitsText("minutes", one.given_minutes, t) })}
        </p>
      ))}
      {open ? bookings.map((booking) => <Extras key={booking.id} booking={booking.id} onChanged={() => void quote.refetch()} />) : null}
      {open && (found.total.cents || found.coupon) ? <Coupon used={found.coupon} busy={coupon.isPending} error={coupon.error} onUse={(code) => coupon.mutate(code)} /> : null}
      {found.payers.length > 1 && !bookings[0]?.change ? (
        <Field label={t("payer")}>
          {(id) => (
            <select id={id} value={payer ?? ""} onChange={(e) => choose(e.target.value || null)}>
              {found.payers.map((who) => (
                <option key={who.id ?? ""} value={who.id ?? ""}>
                  {who.name}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {found.methods.length > 1 ? (
        <Field label={t("method")}>
          {(id) => (
            <select id={id} value={how} onChange={(e) => setMethod(e.target.value)}>
              {found.methods.map((name) => (
                <option key={name} value={name}>
                  {t(`methods.${name}` as "methods.card")}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {found.credit ? (
        <p className="muted">
          {t("credit.quoted", { left: money(found.credit.left), issuer: found.credit.issuer })} {found.credit.actions["pay"]?.allowed ? t("credit.choose") : found.credit.actions["pay"]?.reasons[0]?.detail}
        </p>
      ) : null}
      {lacking.length > 0 ? <FiscalForm organisation={found.payer.id} missing={lacking} onDone={() => void quote.refetch()} /> : null}
      {open ? (
        <p className="small">
          <Link to="/me/details" search={found.payer.id ? { of: found.payer.id } : {}}>
            {t("details.change")}
          </Link>
        </p>
      ) : null}
      {open && bookings.length > 0 && passKinds.length === 0 && !plan && found.total.cents > 0 ? (
        <OnPaper key={found.total.cents} quote={found.id} issuers={[...new Set(found.lines.filter((line) => line.gross.cents > 0).map((line) => line.issuer_id))]} />
      ) : null}
      {pay.isError ? <Failure error={pay.error} /> : null}
      <Button tone="main" busy={pay.isPending} why={lacking.length > 0 ? t("fiscalFirst") : undefined} onClick={() => pay.mutate(how)}>
        {t(`outcome.${found.outcome}`)}
      </Button>
      <ul className="muted small">
        {found.terms.map((term) => (
          <li key={term.hours_before}>{term.text}</li>
        ))}
      </ul>
    </section>
  );
}

type Step = Schemas["Step"];

/** One step of a price as a line of text; what it multiplies or takes away comes from the server. */
function inWords(step: Step, t: TFunction): string {
  const what = step.name || t(`step.${step.code}` as "step.hour");
  if (step.code === "times") return `${what} × ${step.count}`;
  if (Number(step.percent)) return `${what} −${Number(step.percent)} %: ${money(step.amount)}`;
  if (!step.unit_price.cents || step.code === "coupon" || step.code === "least") return `${what}: ${money(step.amount)}`;
  const much = step.count ? `${step.count} ${what}` : `${step.minutes} min`;
  return `${much} × ${money(step.unit_price)}`;
}
