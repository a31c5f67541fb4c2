import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../api/client";
import { instantText } from "../kernel/time";
import { Button, Failure } from "./basics";

const ROME = "Europe/Rome";
const SOON = 5_000;
type Found = Schemas["VatChecks"];

const waits = (found: Found | undefined): boolean => Boolean(found?.wished && (found.checks.length === 0 || found.checks.some((one) => one.state === "waiting")));

/** What VIES, the Union's register, said of a customer's VAT number; nothing where nobody asks it. */
export function VatChecks({ customer }: { customer: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const query = api.useQuery("get", "/api/v1/vat-checks", { params: { query: { customer_id: customer } } }, { retry: false, refetchInterval: ({ state }) => (waits(state.data as Found | undefined) ? SOON : false) });
  const ask = useMutation({
    mutationFn: () => client.POST("/api/v1/vat-checks", { params: { header: keyed() }, body: { customer_id: customer } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const it = query.data;
  if (!it || (!it.wished && it.checks.length === 0)) return null;
  return (
    <section className="panel" aria-labelledby="vies">
      <h2 id="vies">{t("vies.title")}</h2>
      <p className="hint">{t("vies.what")}</p>
      <div role="status">
        {it.checks.length === 0 ? <p>{t("vies.soon")}</p> : null}
        {it.checks.map((one) => (
          <Check key={one.id} check={one} />
        ))}
      </div>
      <p className="toolbar">
        <Button busy={ask.isPending} why={it.actions["ask"]?.reasons[0]?.detail} onClick={() => ask.mutate()}>
          {t("vies.ask")}
        </Button>
      </p>
      {ask.isError ? <Failure error={ask.error} /> : null}
    </section>
  );
}

const SIGNS = { waiting: "◷", valid: "✓", invalid: "✕", unanswered: "?" } as const;

function Check({ check }: { check: Found["checks"][number] }) {
  const { t } = useTranslation();
  const told = [
    ["vies.asked", check.asked_at && instantText(check.asked_at, ROME)],
    ["vies.again", check.again_at && instantText(check.again_at, ROME)],
    ["vies.by", check.issuer.name],
    ["vies.consultation", check.consultation],
    ["vies.name", check.name],
    ["vies.address", check.address],
  ] as const;
  return (
    <div className="note">
      <strong>
        <span aria-hidden="true">{SIGNS[check.state]}</span> {check.number}
      </strong>{" "}
      {check.detail}
      <dl className="sums">
        {told.map(([word, said]) =>
          said ? (
            <div key={word}>
              <dt>{t(word)}</dt>
              <dd className="address">{said}</dd>
            </div>
          ) : null,
        )}
      </dl>
      {check.way_out ? <p className="hint">{check.way_out}</p> : null}
    </div>
  );
}
