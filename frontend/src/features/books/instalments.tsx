import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dateText } from "../../kernel/time";
import { Button, Dialog, Empty, Failure, Field, Loading } from "../../ui/basics";

/** The instalments that an issuer's customers are still to be asked for, found by the customer's name. */
export function Instalments({ issuer, q, find }: { issuer: string; q: string | undefined; find: (q: string) => void }) {
  const { t } = useTranslation();
  const [typed, write] = useState(q ?? "");
  return (
    <>
      <p className="muted">{t("books.aheadHint")}</p>
      <form
        className="toolbar"
        onSubmit={(e) => {
          e.preventDefault();
          find(typed.trim());
        }}
      >
        <Field label={t("books.customer")}>{(id) => <input id={id} type="search" value={typed} maxLength={80} onChange={(e) => write(e.target.value)} />}</Field>
        <Button type="submit">{t("books.findOwed")}</Button>
      </form>
      <Ahead asked={{ issuer_id: issuer, ...(q ? { q } : {}) }} none={<Empty>{t("books.noneAhead")}</Empty>} />
    </>
  );
}

/** Those of one customer; nothing at all where there are none. */
export function InstalmentsOf({ issuer, who }: { issuer: string; who: string }) {
  const { t } = useTranslation();
  const whose = who.startsWith("org_") ? { organisation_id: who } : { person_id: who };
  return <Ahead asked={{ issuer_id: issuer, ...whose }} title={t("books.ahead")} none={null} />;
}

interface AheadProps {
  asked: { issuer_id: string; q?: string; person_id?: string; organisation_id?: string };
  title?: string;
  none: ReactNode;
}

function Ahead({ asked, title, none }: AheadProps) {
  const query = api.useQuery("get", "/api/v1/instalments", { params: { query: { ...asked, limit: 200 } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data.data.length === 0) return none;
  return (
    <>
      {title ? <h2>{title}</h2> : null}
      <ul className="rows">
        {query.data.data.map((one) => (
          <OfOne key={one.subscription.id} one={one} />
        ))}
      </ul>
    </>
  );
}

function OfOne({ one }: { one: Schemas["InstalmentsAhead"] }) {
  const { t } = useTranslation();
  return (
    <li>
      <span>
        <strong>{one.customer}</strong> · {one.subscription.name}
      </span>
      <ul className="rows">
        {one.instalments.map((part) => (
          <li key={part.id}>
            <span>
              {t("books.part", { n: part.number, day: dateText(part.due_on) })} · <strong>{money(part.amount)}</strong>
            </span>
            <span className="muted">{t(`books.aheadState.${part.state}`, { reason: part.reason })}</span>
          </li>
        ))}
      </ul>
      <Waive one={one} />
    </li>
  );
}

/** All that is to come of one membership is asked for no more; whoever decides it says why. */
function Waive({ one }: { one: Schemas["InstalmentsAhead"] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [asking, ask] = useState(false);
  const [reason, write] = useState("");
  const ids = one.instalments.filter((part) => part.state === "to_come").map((part) => part.id);
  const waive = useMutation({
    mutationFn: () => client.POST("/api/v1/subscriptions/{subscription_id}/waive-instalments", { params: { path: { subscription_id: one.subscription.id }, header: keyed() }, body: { instalment_ids: ids, reason: reason.trim() } }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      ask(false);
    },
  });
  const allowed = one.actions["waive"];
  if (!allowed) return null;
  const label = t("books.waive", { count: ids.length });
  return (
    <>
      <Button why={allowed.reasons[0]?.detail} onClick={() => ask(true)}>
        {ids.length ? label : t("books.waive", { count: one.instalments.length })}
      </Button>
      <Dialog title={t("books.waiveTitle", { name: one.customer })} open={asking} onClose={() => ask(false)}>
        <p>{t("books.waiveMore", { sum: money(one.to_come) })}</p>
        <Field label={t("books.waiveWhy")}>{(id) => <input id={id} maxLength={200} value={reason} onChange={(e) => write(e.target.value)} />}</Field>
        {waive.isError ? <Failure error={waive.error} /> : null}
        <Button tone="danger" why={reason.trim() ? undefined : t("reasonNeeded")} busy={waive.isPending} onClick={() => waive.mutate()}>
          {label}
        </Button>
      </Dialog>
    </>
  );
}
