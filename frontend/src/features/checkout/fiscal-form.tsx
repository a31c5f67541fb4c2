import { useMutation } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, Refusal } from "../../api/client";
import { countries } from "../../kernel/countries";
import { Button, Failure, Field } from "../../ui/basics";

/** What is asked of customers in Italy alone: where one of these is missing, they are thought to be there. */
const IN_ITALY = new Set(["tax_code", "postcode", "province"]);

/** The fiscal data that are still missing, asked for where they are needed; nothing typed is lost by a fault. */
export function FiscalForm({ organisation, missing, onDone }: { organisation: string | null; missing: readonly string[]; onDone: () => void }) {
  const { t, i18n } = useTranslation();
  const [values, set] = useState<Record<string, string>>({});
  const [country, move] = useState("IT");
  const among = useMemo(() => countries(i18n.language), [i18n.language]);
  const italian = missing.some((name) => IN_ITALY.has(name));
  const shown = missing.filter((name) => country === "IT" || !IN_ITALY.has(name));
  const said = Object.fromEntries(Object.entries(values).filter(([name]) => shown.includes(name)));
  const body = country === "IT" ? said : { ...said, country };
  const save = useMutation({
    mutationFn: async () => {
      if (organisation) await client.PATCH("/api/v1/organisations/{organisation_id}", { params: { path: { organisation_id: organisation } }, body });
      else await client.PATCH("/api/v1/people/me", { body });
    },
    onSuccess: onDone,
  });
  const faults = save.error instanceof Refusal ? save.error.problem.pointers : [];
  const faultOf = (name: string) => {
    const found = faults.find((f) => f.pointer === `/${name}`);
    return found && (found.detail || t("wrongValue"));
  };
  return (
    <form
      className="fiscal"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <p>{t("fiscalNeeded")}</p>
      {italian ? (
        <Field label={t("fiscal.country")}>
          {(id) => (
            <select id={id} value={country} onChange={(e) => move(e.target.value)}>
              {among.map((one) => (
                <option key={one.code} value={one.code}>
                  {one.name}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {shown.map((name) => (
        <Field key={name} label={t(`fiscal.${name}` as "fiscal.tax_code")} error={faultOf(name)}>
          {(id, note) => <input id={id} aria-describedby={note} required value={values[name] ?? ""} onChange={(e) => set({ ...values, [name]: e.target.value })} />}
        </Field>
      ))}
      {save.isError && faults.length === 0 ? <Failure error={save.error} /> : null}
      <Button type="submit" busy={save.isPending}>
        {t("save")}
      </Button>
    </form>
  );
}
