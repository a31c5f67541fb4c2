import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { Button, Failure, Field } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { PartnersTable } from "./settlement-table";

/** The same month under other shares or prices, or a price list still in draft, beside what it is; nothing is saved. */
export function WhatIf({ consortium, month }: { consortium: Schemas["ConsortiumShape"]; month: string }) {
  const { t } = useTranslation();
  const [shares, setShares] = useState(Object.fromEntries(consortium.partners.map((p) => [p.id, String(Number(p.share ?? 0))])));
  const [resource, setResource] = useState("");
  const [percent, setPercent] = useState("0");
  const [tariff, setTariff] = useState("");
  const tariffs = api.useQuery("get", "/api/v1/tariffs", { params: { query: { limit: 200 } } });
  const resources = api.useQuery("get", "/api/v1/resources", { params: { query: { limit: 200 } } });
  const ask = useMutation({
    mutationFn: async () =>
      (
        await client.POST("/api/v1/settlements/what-if", {
          body: {
            consortium_id: consortium.id,
            month,
            shares: Object.entries(shares)
              .filter(([, share]) => Number(share) > 0)
              .map(([partner_id, share]) => ({ partner_id, percent: share })),
            tariff_id: tariff || null,
            prices: Number(percent) ? [{ resource_id: resource || null, percent }] : [],
          },
        })
      ).data,
  });
  const told = ask.data;
  return (
    <>
      <form
        className="panel wide"
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <fieldset className="toolbar bare">
          <legend>{t("cons.shares")}</legend>
          {consortium.partners.map((partner) => (
            <Field key={partner.id} label={`${partner.name} (%)`}>
              {(id) => <input id={id} className="short" inputMode="decimal" value={shares[partner.id]} onChange={(e) => setShares({ ...shares, [partner.id]: e.target.value.replace(",", ".") })} />}
            </Field>
          ))}
        </fieldset>
        <fieldset className="toolbar bare">
          <legend>{t("cons.prices")}</legend>
          <Field label={t("cons.tariff")}>
            {(id) => (
              <select id={id} value={tariff} onChange={(e) => setTariff(e.target.value)}>
                <option value="">{t("cons.tariffAsIs")}</option>
                {tariffs.data?.data
                  .filter((one) => one.state === "draft" || one.state === "coming")
                  .map((one) => (
                    <option key={one.id} value={one.id}>
                      {one.venue.name} · {one.name} ({t(`tariffs.states.${one.state}`)})
                    </option>
                  ))}
              </select>
            )}
          </Field>
          <Choice label={t("cons.pricesOf")} value={resource} among={resources.data?.data} none={t("all")} onChange={setResource} />
          <Field label={t("cons.change")}>{(id) => <input id={id} className="short" inputMode="decimal" value={percent} onChange={(e) => setPercent(e.target.value.replace(",", "."))} />}</Field>
        </fieldset>
        {ask.isError ? <Failure error={ask.error} /> : null}
        <Button tone="main" busy={ask.isPending} onClick={() => ask.mutate()}>
          {t("cons.workOut")}
        </Button>
        <p className="muted">{t("cons.nothingSaved")}</p>
      </form>
      {told ? (
        <>
          <section aria-labelledby="difference">
            <h2 id="difference">{t("cons.difference")}</h2>
            <div className="scroll" tabIndex={0} role="group" aria-label={t("cons.difference")}>
              <table className="data">
                <thead>
                  <tr>
                    <th scope="col">{t("report.partner")}</th>
                    <th scope="col">{t("cons.asIs")}</th>
                    <th scope="col">{t("cons.asWould")}</th>
                    <th scope="col">{t("cons.difference")}</th>
                  </tr>
                </thead>
                <tbody>
                  {told.now.partners.map((partner) => {
                    const then = told.then.partners.find((one) => one.id === partner.id);
                    const moved = told.differences.find((one) => one.partner_id === partner.id);
                    return (
                      <tr key={partner.id}>
                        <th scope="row">{partner.name}</th>
                        <td>{money(partner.takings)}</td>
                        <td>{then ? money(then.takings) : "–"}</td>
                        <td>
                          <strong>{moved ? money(moved.takings) : "–"}</strong>
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          </section>
          <div className="side-by-side">
            <section>
              <h2>{t("cons.asIs")}</h2>
              <PartnersTable figures={told.now} label={t("cons.asIs")} />
            </section>
            <section>
              <h2>{t("cons.asWould")}</h2>
              <PartnersTable figures={told.then} label={t("cons.asWould")} />
            </section>
          </div>
        </>
      ) : null}
    </>
  );
}
