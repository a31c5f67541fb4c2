import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../api/client";
import { Field } from "./basics";
import { useSettled } from "./settled";

interface Props {
  label: string;
  /** Who it is while nobody is chosen. */
  none: string;
  chosen: string;
  onChoose: (id: string) => void;
}

/** Somebody else: whom the house knows by a part of the name, anybody by the whole address. */
export function FindPerson({ label, none, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const [typed, type] = useState("");
  const q = useSettled(typed, 300).trim();
  const found = useQuery({
    queryKey: ["people", q],
    enabled: q.length > 1,
    queryFn: async () => (await client.GET("/api/v1/people", { params: { query: { q } } })).data?.data ?? [],
  });
  return (
    <>
      <Field label={t("find.person")} hint={t("find.how")}>
        {(id, described) => <input id={id} type="search" maxLength={80} aria-describedby={described} value={typed} onChange={(e) => type(e.target.value)} />}
      </Field>
      <Field label={label}>
        {(id) => (
          <select id={id} value={chosen} onChange={(e) => onChoose(e.target.value)}>
            <option value="">{none}</option>
            {(found.data ?? []).map((person) => (
              <option key={person.id} value={person.id}>
                {person.name} · {person.email}
              </option>
            ))}
          </select>
        )}
      </Field>
    </>
  );
}
