import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, Refusal } from "../../api/client";
import { Button, Failure, Field } from "../../ui/basics";

/** The fiscal data that are still missing, asked for where they are needed; nothing typed is lost by a fault. */
export function FiscalForm({ organisation, missing, onDone }: { organisation: string | null; missing: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation();
  const [values, set] = useState<Record<string, string>>({});
  const save = useMutation({
    mutationFn: async () => {
      if (organisation) await client.PATCH("/api/v1/organisations/{organisation_id}", { params: { path: { organisation_id: organisation } }, body: values });
      else await client.PATCH("/api/v1/people/me", { body: values });
    },
    onSuccess: onDone,
  });
  const faults = save.error instanceof Refusal ? save.error.problem.pointers : [];
  return (
    <form
      className="fiscal"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <p>{t("fiscalNeeded")}</p>
      {missing.map((name) => (
        <Field key={name} label={t(`fiscal.${name}` as "fiscal.tax_code")} error={faults.some((f) => f.pointer === `/${name}`) ? t("wrongValue") : undefined}>
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
