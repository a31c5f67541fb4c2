import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Owed } from "./owed";

/** The drawer and the card machine counted at the end of a day: a difference wants its reason. */
export function Day({ issuer }: { issuer: string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/day-closes", { params: { query: { issuer_id: issuer } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <div className="cards">
        {query.data.drawers.map((drawer) => (
          <Drawer key={drawer.drawer + drawer.since_at} issuer={issuer} drawer={drawer} />
        ))}
      </div>
      <Owed issuer={issuer} />
      <h2>{t("books.counts")}</h2>
      {query.data.closes.length === 0 ? <Empty>{t("books.noCounts")}</Empty> : null}
      <ul className="rows">
        {query.data.closes.map((close) => (
          <li key={close.id}>
            <span>
              {dayText(close.on)} · {t(`books.drawer.${close.drawer}`)} · <strong>{money(close.counted)}</strong>
            </span>
            {close.difference.cents === 0 ? (
              <span className="muted">{t("books.agrees")}</span>
            ) : (
              <span>
                {t("books.difference", { amount: money(close.difference) })} · {close.reason}
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function Drawer({ issuer, drawer }: { issuer: string; drawer: Schemas["DrawerShape"] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [counted, count] = useState("");
  const [reason, say] = useState("");
  const cents = Math.round(Number(counted) * 100);
  const differs = counted !== "" && cents !== drawer.expected.cents;
  const close = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/day-closes", { params: { header: keyed() }, body: { issuer_id: issuer, drawer: drawer.drawer, expected_cents: drawer.expected.cents, counted_cents: cents, reason: differs ? reason : "" } }),
    onSettled: () => queries.invalidateQueries(),
  });
  const why = counted === "" ? t("books.countFirst") : differs && !reason.trim() ? t("reasonNeeded") : undefined;
  return (
    <form
      className="card"
      onSubmit={(e) => {
        e.preventDefault();
        if (!why) close.mutate();
      }}
    >
      <h2>{t(`books.drawer.${drawer.drawer}`)}</h2>
      <p>{t("books.expected", { amount: money(drawer.expected) })}</p>
      <Field label={t("books.counted")}>{(id) => <input id={id} type="number" step={0.01} value={counted} onChange={(e) => count(e.target.value)} />}</Field>
      {differs ? <Field label={t("books.whyDiffers")}>{(id) => <input id={id} maxLength={300} value={reason} onChange={(e) => say(e.target.value)} />}</Field> : null}
      <Button type="submit" tone="main" busy={close.isPending} why={why}>
        {t("books.closeDay")}
      </Button>
      {close.isError ? <Failure error={close.error} /> : null}
    </form>
  );
}
