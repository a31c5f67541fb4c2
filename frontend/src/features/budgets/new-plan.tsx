import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { Button, Failure, Field } from "../../ui/basics";
import { Choice, OneOf } from "../../ui/choice";
import { KindBoxes } from "../../ui/kind-boxes";
import { unitsOf } from "../../ui/units";

const EVERY = ["month", "quarter", "year"] as const;
const INSTALMENTS = { month: [1], quarter: [1, 3], year: [1, 2, 3, 4, 6, 12] } as const;
const COUNTED = ["minutes", "days", "entries"] as const;
type Counted = (typeof COUNTED)[number];
interface Part {
  unit: Counted;
  amount: string;
  kinds: Schemas["ResourceKind"][];
}
const PART: Part = { unit: "minutes", amount: "4", kinds: [] };

interface Props {
  venue: string;
  rates: readonly Schemas["Ref"][];
  groups: readonly Schemas["Ref"][];
  onDone: () => void;
}

/** A new membership for a venue: what a period costs, what it includes, and whose prices and windows it opens. */
export function NewPlan({ venue, rates, groups, onDone }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [every, setEvery] = useState<(typeof EVERY)[number]>("month");
  const [price, setPrice] = useState("");
  const [instalments, setInstalments] = useState(1);
  const [rate, setRate] = useState(rates[0]?.id ?? "");
  const [group, setGroup] = useState("");
  const [first, setFirst] = useState(false);
  const [parts, setParts] = useState<Part[]>([PART]);
  const change = (at: number, part: Partial<Part>) => setParts(parts.map((one, n) => (n === at ? { ...one, ...part } : one)));
  const make = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/plans", {
        params: { header: keyed() },
        body: {
          venue_id: venue,
          name,
          every,
          price_cents: unitsOf("cents", price),
          vat_rate_id: rate,
          group_id: group || null,
          from_first: first,
          instalments,
          included: parts.map((part) => ({ unit: part.unit, amount: unitsOf(part.unit, part.amount), kinds: part.kinds })),
        },
      }),
    onSuccess: () => {
      setName("");
      setParts([PART]);
      onDone();
    },
  });
  return (
    <form
      className="panel"
      aria-labelledby="new-plan"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <h2 id="new-plan">{t("plans.new")}</h2>
      <Field label={t("passes.name")}>{(id) => <input id={id} required maxLength={80} value={name} onChange={(e) => setName(e.target.value)} />}</Field>
      <div className="pair">
        <OneOf
          label={t("plans.renewed")}
          value={every}
          all={EVERY}
          say={(one) => t(`plans.period.${one}`)}
          onChange={(one) => {
            setEvery(one);
            setInstalments(1);
          }}
        />
        <Field label={t("passes.price")}>{(id) => <input id={id} type="number" required min={0} step={0.01} value={price} onChange={(e) => setPrice(e.target.value)} />}</Field>
        {every === "month" ? null : (
          <Field label={t("plans.instalments")}>
            {(id) => (
              <select id={id} value={instalments} onChange={(e) => setInstalments(Number(e.target.value))}>
                {INSTALMENTS[every].map((n) => (
                  <option key={n} value={n}>
                    {n === 1 ? t("plans.whole") : t("plans.parts", { n })}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Choice label={t("vat")} value={rate} among={rates} onChange={setRate} />
        <Choice label={t("plans.opens")} value={group} among={groups} none="–" onChange={setGroup} />
      </div>
      <label className="check">
        <input type="checkbox" checked={first} onChange={(e) => setFirst(e.target.checked)} /> {t("plans.fromFirst")}
      </label>
      {parts.map((part, at) => (
        <fieldset key={at}>
          <legend>{t("plans.includes", { n: at + 1 })}</legend>
          <div className="pair">
            <OneOf label={t("units.measure")} value={part.unit} all={COUNTED} say={(one) => t(`units.names.${one}`)} onChange={(unit) => change(at, { unit })} />
            <Field label={t("units.amount")}>
              {(id) => <input id={id} type="number" required min={part.unit === "minutes" ? 0.5 : 1} step={part.unit === "minutes" ? 0.5 : 1} value={part.amount} onChange={(e) => change(at, { amount: e.target.value })} />}
            </Field>
          </div>
          <KindBoxes legend={t("passes.for")} chosen={part.kinds} onChange={(kinds) => change(at, { kinds })} />
          <Button onClick={() => setParts(parts.filter((_, n) => n !== at))}>{t("plans.without", { n: at + 1 })}</Button>
        </fieldset>
      ))}
      <div className="toolbar">
        {parts.length < 20 ? <Button onClick={() => setParts([...parts, PART])}>{t("plans.more")}</Button> : null}
        <Button type="submit" tone="main" busy={make.isPending}>
          {t("save")}
        </Button>
      </div>
      {make.isError ? <Failure error={make.error} /> : null}
    </form>
  );
}
