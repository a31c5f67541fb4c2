import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { Button, Failure, Field } from "../../ui/basics";
import { Choice, OneOf } from "../../ui/choice";
import { KindBoxes } from "../../ui/kind-boxes";
import { unitsOf } from "../../ui/units";

const COUNTED = ["minutes", "days", "entries"] as const;
type Counted = (typeof COUNTED)[number];

/** A new kind of pass for a venue: what it holds, where it counts, for how long and at which price. */
export function NewPassKind({ venue, rates, onDone }: { venue: string; rates: readonly Schemas["Ref"][]; onDone: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [unit, setUnit] = useState<Counted>("minutes");
  const [amount, setAmount] = useState("10");
  const [price, setPrice] = useState("");
  const [days, setDays] = useState("365");
  const [rate, setRate] = useState(rates[0]?.id ?? "");
  const [kinds, setKinds] = useState<Schemas["ResourceKind"][]>([]);
  const make = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/pass-kinds", {
        params: { header: keyed() },
        body: { venue_id: venue, name, unit, amount: unitsOf(unit, amount), price_cents: unitsOf("cents", price), valid_days: Number(days), vat_rate_id: rate, kinds, on_sale: true },
      }),
    onSuccess: () => {
      setName("");
      onDone();
    },
  });
  return (
    <form
      className="panel"
      aria-labelledby="new-pass"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <h2 id="new-pass">{t("passes.new")}</h2>
      <Field label={t("passes.name")}>{(id) => <input id={id} required maxLength={80} value={name} onChange={(e) => setName(e.target.value)} />}</Field>
      <div className="pair">
        <OneOf label={t("units.measure")} value={unit} all={COUNTED} say={(one) => t(`units.names.${one}`)} onChange={setUnit} />
        <Field label={t("units.amount")}>{(id) => <input id={id} type="number" required min={unit === "minutes" ? 0.5 : 1} step={unit === "minutes" ? 0.5 : 1} value={amount} onChange={(e) => setAmount(e.target.value)} />}</Field>
        <Field label={t("passes.days")}>{(id) => <input id={id} type="number" required min={1} max={3650} value={days} onChange={(e) => setDays(e.target.value)} />}</Field>
        <Field label={t("passes.price")}>{(id) => <input id={id} type="number" required min={0} step={0.01} value={price} onChange={(e) => setPrice(e.target.value)} />}</Field>
        <Choice label={t("vat")} value={rate} among={rates} onChange={setRate} />
      </div>
      <KindBoxes legend={t("passes.for")} chosen={kinds} onChange={setKinds} />
      {make.isError ? <Failure error={make.error} /> : null}
      <Button type="submit" tone="main" busy={make.isPending}>
        {t("save")}
      </Button>
    </form>
  );
}
