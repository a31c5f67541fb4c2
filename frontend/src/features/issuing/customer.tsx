import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { FISCAL, IdentityForm } from "../../ui/identity-form";
import { useSettled } from "../../ui/settled";
import { VatChecks } from "../../ui/vat-check";

// Whom a search finds is written down as seen: it is asked where one pauses, and not for a letter or two.
const PAUSE = 300;
const LEAST = 3;

type Chosen = { id: string; name: string };
const KINDS = ["company", "association", "public", "person"] as const;

/** To whom: found by name or number, or written down; with the data that a document needs of them. */
export function Customer({ chosen, onChoose }: { chosen: Chosen | null; onChoose: (customer: Chosen | null) => void }) {
  const { t } = useTranslation();
  return (
    <section className="panel" aria-labelledby="customer">
      <h2 id="customer">{t("doc.customer")}</h2>
      {chosen ? (
        <>
          <p className="toolbar">
            <strong>{chosen.name}</strong> <Button onClick={() => onChoose(null)}>{t("issue.another")}</Button>
          </p>
          <CustomerData id={chosen.id} folded />
        </>
      ) : (
        <Find onChoose={onChoose} />
      )}
    </section>
  );
}

function Find({ onChoose }: { onChoose: (customer: Chosen) => void }) {
  const { t } = useTranslation();
  const [q, ask] = useState("");
  const [fresh, write] = useState(false);
  const said = useSettled(q.trim(), PAUSE);
  const query = useQuery({
    queryKey: ["customers", said],
    enabled: said.length >= LEAST,
    placeholderData: (before) => (said.length >= LEAST ? before : undefined),
    queryFn: async () => (await client.GET("/api/v1/customers", { params: { query: { q: said } } })).data?.data ?? [],
  });
  if (fresh) return <Write onChoose={onChoose} onBack={() => write(false)} />;
  return (
    <>
      <Field label={t("issue.find")} hint={t("issue.findHint")}>
        {(id, described) => <input id={id} aria-describedby={described} data-place="/customer" type="search" value={q} onChange={(e) => ask(e.target.value)} />}
      </Field>
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data?.length === 0 ? <Empty>{t("issue.nobody")}</Empty> : null}
      <ul className="rows" aria-live="polite">
        {query.data?.map((one) => (
          <li key={one.id}>
            <div>
              {one.name}{" "}
              <small className="muted">
                {t(`issue.kind.${one.kind}`)} {one.known_by}
              </small>
            </div>
            <Button onClick={() => onChoose({ id: one.id, name: one.name })}>{t("issue.choose", { name: one.name })}</Button>
          </li>
        ))}
      </ul>
      <Button onClick={() => write(true)}>{t("issue.write")}</Button>
    </>
  );
}

function Write({ onChoose, onBack }: { onChoose: (customer: Chosen) => void; onBack: () => void }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Schemas["CustomerKind"]>("company");
  return (
    <>
      <Choice label={t("issue.what")} value={kind} among={KINDS.map((id) => ({ id, name: t(`issue.kind.${id}`) }))} onChange={(id) => setKind(id as typeof kind)} />
      {kind === "person" ? <p className="hint">{t("issue.personHint")}</p> : null}
      <IdentityForm
        names={["name", "email", ...FISCAL]}
        kept={{ country: "IT" }}
        missing={[]}
        office={kind === "public"}
        place="/new"
        submit={t("issue.writeDown")}
        send={async ({ name = "", ...told }) => {
          const made = (await client.POST("/api/v1/customers", { params: { header: keyed() }, body: { ...told, kind, name } })).data;
          if (made) onChoose({ id: made.id, name: made.name });
        }}
      />
      <Button onClick={onBack}>{t("issue.back")}</Button>
    </>
  );
}

/** A customer's fiscal data, mended where they stand; of somebody who is not ours yet, only that. */
export function CustomerData({ id, folded = false }: { id: string; folded?: boolean }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/customers/{customer_id}", { params: { path: { customer_id: id } } }, { retry: false });
  if (query.isPending) return <Loading />;
  if (query.isError) return <p className="hint">{t("issue.notOurs")}</p>;
  const it = query.data;
  const against = it.actions["edit"]?.reasons[0]?.detail;
  const form = against ? (
    <p className="hint">{against}</p>
  ) : (
    <IdentityForm
      key={it.id}
      names={FISCAL}
      kept={it}
      missing={it.missing}
      office={it.kind === "public"}
      place="/customer"
      send={(body) => client.PATCH("/api/v1/customers/{customer_id}", { params: { path: { customer_id: it.id } }, body })}
    />
  );
  const where = [it.street, [it.postcode, it.city, it.province].filter(Boolean).join(" "), it.country === "IT" ? "" : it.country].filter(Boolean).join(", ");
  return (
    <>
      <p>
        {t(`issue.kind.${it.kind}`)}
        {it.vat_number ? ` · ${t("fiscal.vat_number")} ${it.vat_number}` : ""}
        {it.tax_code && it.tax_code !== it.vat_number ? ` · ${t("fiscal.tax_code")} ${it.tax_code}` : ""}
        <br />
        <span className="muted">{where}</span>
      </p>
      {folded ? (
        <details open={it.missing.length > 0}>
          <summary>{t("issue.data")}</summary>
          {form}
        </details>
      ) : (
        form
      )}
      <VatChecks customer={it.id} />
    </>
  );
}
