import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "../api/client";
import { countries } from "../kernel/countries";
import { Button, Failure, Field } from "./basics";

export const FISCAL = ["country", "tax_code", "vat_number", "street", "postcode", "city", "province", "recipient_code", "certified_email"] as const;
type IdentityName = "name" | "phone" | "email" | (typeof FISCAL)[number];
type Values = Partial<Record<IdentityName, string>>;

interface Props {
  names: readonly IdentityName[];
  kept: Values;
  missing: readonly string[];
  /** It is a public office: its code has six signs. */
  office?: boolean;
  /** What its fields are called where a fault leads to one: `/customer/city`. */
  place?: string;
  submit?: string;
  send: (body: Values) => Promise<unknown>;
}

/** Who somebody is on a document, field by field; each fault stands at its own. */
export function IdentityForm({ names, kept, missing, office = false, place, submit, send }: Props) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const [typed, type] = useState<Values>({});
  const among = useMemo(() => countries(i18n.language), [i18n.language]);
  const save = useMutation({
    mutationFn: () => send(typed),
    onSuccess: async () => {
      await queries.invalidateQueries();
      type({});
    },
  });
  const said = (name: IdentityName) => typed[name] ?? kept[name] ?? "";
  const put = (name: IdentityName, value: string) => type({ ...typed, [name]: value });
  const faults = save.error instanceof Refusal ? save.error.problem.pointers : [];
  const fault = (name: IdentityName) => {
    const found = faults.find((one) => one.pointer === `/${name}`);
    return found ? found.detail || t(found.code === "required" ? "details.wanted" : "wrongValue") : undefined;
  };
  const hint = (name: IdentityName) => (name === "recipient_code" ? t(office ? "details.office" : "details.recipient") : name === "certified_email" ? t("details.pec") : undefined);
  const wanted = (name: IdentityName) => missing.includes(name) && !said(name);
  const abroad = said("country") !== "IT";
  const shown = names.filter((name) => !(abroad && (name === "province" || name === "recipient_code" || name === "certified_email")));
  const changed = Object.entries(typed).some(([name, value]) => value !== (kept[name as IdentityName] ?? ""));
  return (
    <form
      className="details"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (changed) save.mutate();
      }}
    >
      {shown.map((name) => (
        <Field key={name} label={name in OTHERWISE ? t(name === "name" && place ? "issue.name" : OTHERWISE[name as keyof typeof OTHERWISE]) : t(`fiscal.${name as (typeof FISCAL)[number]}`)} hint={wanted(name) ? t("details.wanted") : hint(name)} error={fault(name)}>
          {(id, note) =>
            name === "country" ? (
              <select id={id} aria-describedby={note} data-place={place && `${place}/${name}`} value={said(name)} onChange={(e) => put(name, e.target.value)}>
                {among.map((one) => (
                  <option key={one.code} value={one.code}>
                    {one.name}
                  </option>
                ))}
              </select>
            ) : (
              <input
                id={id}
                aria-describedby={note}
                data-place={place && `${place}/${name}`}
                aria-invalid={fault(name) ? true : undefined}
                type={name === "certified_email" || name === "email" ? "email" : name === "phone" ? "tel" : "text"}
                maxLength={MOST[name]}
                autoComplete={place ? "off" : FILLS[name]}
                value={said(name)}
                onChange={(e) => put(name, e.target.value)}
              />
            )
          }
        </Field>
      ))}
      <div className="wide">
        {save.isError && faults.length === 0 ? <Failure error={save.error} /> : null}
        <Button type="submit" tone="main" busy={save.isPending} why={changed ? undefined : t("details.unchanged")}>
          {submit ?? t("save")}
        </Button>
        <p role="status">{save.isSuccess && !changed ? t("details.saved") : ""}</p>
      </div>
    </form>
  );
}

const OTHERWISE = { name: "details.name", phone: "details.phone", email: "email" } as const;
const MOST: Partial<Record<IdentityName, number>> = { name: 120, phone: 32, tax_code: 28, vat_number: 28, recipient_code: 7, street: 120, postcode: 16, city: 60, province: 2 };
const FILLS: Partial<Record<IdentityName, string>> = { name: "name", email: "email", phone: "tel", street: "street-address", postcode: "postal-code", city: "address-level2", province: "address-level1" };
