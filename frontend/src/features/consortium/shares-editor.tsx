import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, queries, type Schemas } from "../../api/client";
import { rateText } from "../../kernel/money";
import { longDay } from "../../kernel/time";
import { Button, Failure, Field } from "../../ui/basics";

type History = Schemas["ConsortiumHistory"];

/** Every version of the agreement, newest first, and the next one. */
export function SharesEditor({ consortium, today }: { consortium: History; today: string }) {
  const { t } = useTranslation();
  const [writing, write] = useState(false);
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
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="toolbar">
        <Button why={why} onClick={() => write(!writing)} aria-expanded={writing}>
          {t("cons.newAgreement")}
        </Button>
      </p>
      {writing ? <NewAgreement consortium={consortium} today={today} done={() => write(false)} /> : null}
    </section>
  );
}

function NewAgreement({ consortium, today, done }: { consortium: History; today: string; done: () => void }) {
  const { t } = useTranslation();
  const now = consortium.agreements.find((version) => version.in_force);
  const [shares, setShares] = useState(Object.fromEntries(consortium.partners.map((p) => [p.id, String(Number(now?.shares.find((s) => s.partner.id === p.id)?.percent ?? 0))])));
  const [from, setFrom] = useState(today);
  const [fee, setFee] = useState(now?.mandate_fee ?? "0");
  const [ref, setRef] = useState("");
  const [signed, setSigned] = useState("");
  const act = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/consortia/{consortium_id}/agreements", {
        params: { path: { consortium_id: consortium.id }, header: keyed() },
        body: {
          from_on: from,
          shares: Object.entries(shares)
            .filter(([, percent]) => Number(percent) > 0)
            .map(([partner_id, percent]) => ({ partner_id, percent })),
          mandate_fee: fee || "0",
          mandate_ref: ref,
          mandate_on: signed || null,
        },
      }),
    onSuccess: () => {
      done();
      return queries.invalidateQueries();
    },
  });
  return (
    <form
      className="panel wide"
      onSubmit={(event) => {
        event.preventDefault();
        act.mutate();
      }}
    >
      <div className="toolbar">
        <Field label={t("cons.fromDay")}>{(id) => <input id={id} type="date" required min={today} value={from} onChange={(e) => setFrom(e.target.value)} />}</Field>
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
      {act.isError ? <Failure error={act.error} /> : null}
      <button type="submit" className="button main" aria-busy={act.isPending}>
        {t("cons.agree")}
      </button>
    </form>
  );
}

function shareOf(version: Schemas["AgreementVersion"], partner: string): string {
  const found = version.shares.find((share) => share.partner.id === partner);
  return found ? rateText(found.percent) : "–";
}
