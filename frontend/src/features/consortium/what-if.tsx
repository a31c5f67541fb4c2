import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { Button, Failure, Field } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { Compared } from "./compared";

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
      {told ? <Compared told={told} /> : null}
    </>
  );
}
