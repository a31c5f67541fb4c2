import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../api/client";
import { Field } from "../../ui/basics";

/** Who stands at the desk: found by name or address; the next booking will be theirs. */
export function WalkIn({ chosen, onChoose }: { chosen: string; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const found = useQuery({
    queryKey: ["people", q],
    enabled: q.length > 1,
    queryFn: async () => (await client.GET("/api/v1/people", { params: { query: { q } } })).data?.data ?? [],
  });
  return (
    <div className="pair">
      <Field label={t("desk.findPerson")}>{(id) => <input id={id} type="search" value={q} onChange={(e) => setQ(e.target.value)} />}</Field>
      <Field label={t("desk.bookFor")}>
        {(id) => (
          <select id={id} value={chosen} onChange={(e) => onChoose(e.target.value)}>
            <option value="">{t("desk.nobody")}</option>
            {(found.data ?? []).map((person) => (
              <option key={person.id} value={person.id}>
                {person.name} · {person.email}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  );
}
