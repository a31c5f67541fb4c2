import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Empty, Failure, Field, Loading } from "../../ui/basics";
import { OneOf } from "../../ui/choice";
import { Credits } from "./credits";
import { Status, type Tell, Undo, useTold } from "./told";

type Movement = Schemas["BankMovement"];

/** What the bank brought: a statement is uploaded, each movement says what it may pay, and somebody confirms it. */
export function Bank({ issuer }: { issuer: string }) {
  const { t } = useTranslation();
  const [state, show] = useState<"open" | "all">("open");
  const [told, tell] = useTold();
  const query = api.useQuery("get", "/api/v1/bank-movements", { params: { query: { issuer_id: issuer, state } } });
  const it = query.data;
  return (
    <>
      <Upload issuer={issuer} />
      <div className="toolbar">
        <OneOf label={t("books.movements")} value={state} all={["open", "all"]} say={(which) => t(which === "open" ? "books.unmatched" : "all")} onChange={show} />
      </div>
      <Status told={told} />
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it?.data.length === 0 ? <Empty>{state === "open" ? t("books.allMatched") : t("books.noMovements")}</Empty> : null}
      <ul className="rows">
        {it?.data.map((movement) => (
          <Row key={movement.id} movement={movement} tell={tell} />
        ))}
      </ul>
      <Credits key={`${issuer} ${state}`} issuer={issuer} state={state} tell={tell} />
    </>
  );
}

function Upload({ issuer }: { issuer: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const send = useMutation({
    mutationFn: async (file: File) => {
      const form = new FormData();
      form.set("issuer_id", issuer);
      form.set("file", file);
      return (await client.POST("/api/v1/bank-statements", { body: form as never, bodySerializer: (body) => body as unknown as FormData })).data;
    },
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <div className="panel">
      <Field label={t("books.statement")} hint={t("books.statementHint")}>
        {(id, described) => (
          <input
            id={id}
            aria-describedby={described}
            type="file"
            accept=".xml,.csv,.txt"
            onChange={(e) => {
              const file = e.target.files?.[0];
              if (file) send.mutate(file);
              e.target.value = "";
            }}
          />
        )}
      </Field>
      {send.isPending ? <Loading /> : null}
      {send.isError ? <Failure error={send.error} /> : null}
      {send.data ? <p role="status">{t("books.read", { count: send.data.movements_read, fresh: send.data.movements_new })}</p> : null}
    </div>
  );
}

function Row({ movement, tell }: { movement: Movement; tell: Tell }) {
  const { t } = useTranslation();
  const take = useMutation({
    mutationFn: (found: Schemas["ProposalShape"]) => client.POST("/api/v1/matches", { params: { header: keyed() }, body: { movement_id: movement.id, debt_id: found.debt.id, amount_cents: found.amount.cents } }),
    onSuccess: (_, { debt, amount }) => tell(t("books.taken", { amount: money(amount), name: debt.name })),
  });
  const undo = useMutation({
    mutationFn: ({ id }: Schemas["MatchShape"]) => client.DELETE("/api/v1/matches/{match_id}", { params: { path: { match_id: id } } }),
    onSuccess: (_, one) => tell(t("books.undone", { amount: money(one.amount), name: one.name })),
  });
  const aside = useMutation({
    mutationFn: (why: string) => client.PATCH("/api/v1/bank-movements/{movement_id}", { params: { path: { movement_id: movement.id } }, body: { why } }),
    onSuccess: (_, why) => tell(t(why ? "books.asideDone" : "books.lookedAgain", { amount: money(movement.amount) })),
  });
  const keep = useMutation({
    mutationFn: ({ id }: Movement["customers"][number]) => client.POST("/api/v1/credits", { params: { header: keyed() }, body: { movement_id: movement.id, customer_id: id } }),
    onSuccess: (_, { name }) => tell(t("books.kept", { amount: money(movement.left), name })),
  });
  const failed = take.error ?? undo.error ?? aside.error ?? keep.error;
  const open = movement.left.cents > 0 && !movement.set_aside;
  return (
    <li>
      <span>
        <strong>{money(movement.amount)}</strong> · {dayText(movement.booked_on)} · {movement.name} <span className="muted">{movement.reason}</span>
      </span>
      {movement.matches.map((match) => (
        <p key={match.id}>
          ✓ {match.name} · {money(match.amount)} {match.settled ? null : <Undo of={match} busy={undo.isPending} onClick={() => undo.mutate(match)} />}
        </p>
      ))}
      {movement.credits.map((credit) => (
        <p key={credit.id}>✓ {t("books.creditOf", { name: credit.customer.name, amount: money(credit.amount) })}</p>
      ))}
      {open && movement.matches.length > 0 ? <p className="muted">{t("books.left", { amount: money(movement.left) })}</p> : null}
      {movement.proposals.map((found) => (
        <p key={found.debt.id}>
          <Button tone="main" busy={take.isPending} onClick={() => take.mutate(found)}>
            {t("books.take", { amount: money(found.amount), name: found.debt.name })}
          </Button>{" "}
          <small className="muted">
            {found.debt.customer} · {t(`books.why.${found.why}`)}
          </small>
        </p>
      ))}
      {movement.actions["keep"]?.allowed
        ? movement.customers.map((customer) => (
            <p key={customer.id}>
              <Button busy={keep.isPending} onClick={() => keep.mutate(customer)}>
                {t("books.keep", { amount: money(movement.left), name: customer.name })}
              </Button>
            </p>
          ))
        : null}
      {open && movement.proposals.length === 0 && movement.matches.length === 0 ? (
        <form
          className="toolbar"
          onSubmit={(e) => {
            e.preventDefault();
            const why = new FormData(e.currentTarget).get("why");
            if (typeof why === "string" && why.trim()) aside.mutate(why.trim());
          }}
        >
          <Field label={t("books.aside")}>{(id) => <input id={id} name="why" maxLength={200} required />}</Field>
          <Button type="submit" busy={aside.isPending}>
            {t("save")}
          </Button>
        </form>
      ) : null}
      {movement.set_aside ? (
        <p className="muted">
          {movement.set_aside} <Button busy={aside.isPending} onClick={() => aside.mutate("")}>{t("books.lookAgain", { amount: money(movement.amount) })}</Button>
        </p>
      ) : null}
      {failed ? <Failure error={failed} /> : null}
    </li>
  );
}
