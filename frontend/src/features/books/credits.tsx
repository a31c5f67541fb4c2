import { useMutation } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Failure } from "../../ui/basics";
import { type Tell, Undo } from "./told";

type Credit = Schemas["CustomerCreditWithDebts"];

/** What customers paid beyond what they owed: what each of them still has, what it may pay, what it paid. */
export function Credits({ issuer, state, tell }: { issuer: string; state: "open" | "all"; tell: Tell }) {
  const { t } = useTranslation();
  const [cursor, turn] = useState<string>();
  const [place, go] = useState<string>();
  const query = api.useQuery("get", "/api/v1/credits", { params: { query: { issuer_id: issuer, state, ...(cursor ? { cursor } : {}) } } });
  const beyond = api.useQuery("get", "/api/v1/documents-paid-beyond", { params: { query: { issuer_id: issuer, ...(place ? { cursor: place } : {}) } } });
  if (query.isError || beyond.isError)
    return (
      <Failure
        error={query.error ?? beyond.error}
        retry={() => {
          void query.refetch();
          void beyond.refetch();
        }}
      />
    );
  if (!query.data?.data.length && !beyond.data?.data.length && !cursor && !place) return null;
  const later = query.data?.next_cursor;
  const further = beyond.data?.next_cursor;
  return (
    <section aria-labelledby="customer-credits">
      <h2 id="customer-credits">{t("books.credits")}</h2>
      <p className="muted">{t("books.creditsHint")}</p>
      <ul className="rows">
        {beyond.data?.data.map((paper) => (
          <Beyond key={paper.id} paper={paper} tell={tell} />
        ))}
        {query.data?.data.map((credit) => (
          <Row key={credit.id} credit={credit} tell={tell} />
        ))}
      </ul>
      {further || later ? (
        <Button
          onClick={() => {
            if (further) go(further);
            if (later) turn(later);
          }}
        >
          {t("later")} →
        </Button>
      ) : null}
    </section>
  );
}

/** A document that was credited once it was paid: what was paid is its customer's, once the office says so. */
function Beyond({ paper, tell }: { paper: Schemas["DocumentPaidBeyond"]; tell: Tell }) {
  const { t } = useTranslation();
  const keep = useMutation({
    mutationFn: () => client.POST("/api/v1/credits", { params: { header: keyed() }, body: { document_id: paper.id } }),
    onSuccess: () => tell(t("books.kept", { amount: money(paper.beyond), name: paper.customer })),
  });
  return (
    <li>
      <span>
        <strong>{money(paper.beyond)}</strong> · {paper.customer} <span className="muted">{t("books.beyond", { number: paper.number })}</span>
      </span>
      <p>
        <Button busy={keep.isPending} onClick={() => keep.mutate()}>
          {t("books.keep", { amount: money(paper.beyond), name: paper.customer })}
        </Button>
      </p>
      {keep.isError ? <Failure error={keep.error} /> : null}
    </li>
  );
}

/** Of what it was paid: of a document that was credited since, of an order that is not owed any more, or of nothing. */
function whence(credit: Credit, t: TFunction) {
  const told = { amount: money(credit.amount), reference: credit.name };
  if (credit.document) return t("books.creditOfDocument", { ...told, number: credit.document });
  if (credit.order) return t("books.creditOfOrder", { ...told, number: credit.order });
  return t("books.creditFrom", { ...told, day: dayText(credit.brought_on) });
}

function Row({ credit, tell }: { credit: Credit; tell: Tell }) {
  const { t } = useTranslation();
  const use = useMutation({
    mutationFn: ({ debt, amount }: Credit["debts"][number]) =>
      client.POST("/api/v1/credits/{credit_id}/uses", { params: { path: { credit_id: credit.id }, header: keyed() }, body: { debt_id: debt.id, amount_cents: amount.cents } }),
    onSuccess: (_, { debt, amount }) => tell(t("books.taken", { amount: money(amount), name: debt.name })),
  });
  const undo = useMutation({
    mutationFn: ({ id }: Schemas["MatchShape"]) => client.DELETE("/api/v1/matches/{match_id}", { params: { path: { match_id: id } } }),
    onSuccess: (_, one) => tell(t("books.undone", { amount: money(one.amount), name: one.name })),
  });
  const letGo = useMutation({
    mutationFn: () => client.DELETE("/api/v1/credits/{credit_id}", { params: { path: { credit_id: credit.id } } }),
    onSuccess: () => tell(t("books.creditGone", { amount: money(credit.amount), name: credit.customer.name })),
  });
  const failed = use.error ?? undo.error ?? letGo.error;
  const may = credit.actions["let_go"];
  return (
    <li>
      <span>
        <strong>{money(credit.left)}</strong> · {credit.customer.name}{" "}
        <span className="muted">{whence(credit, t)}</span>
      </span>
      {credit.uses.map((one) => (
        <p key={one.id}>
          ✓ {one.name === credit.name ? t("books.creditBack") : one.name} · {money(one.amount)} {one.settled ? null : <Undo of={one} busy={undo.isPending} onClick={() => undo.mutate(one)} />}
        </p>
      ))}
      {credit.debts.map((one) => (
        <p key={one.debt.id}>
          <Button tone="main" busy={use.isPending} onClick={() => use.mutate(one)}>
            {t("books.creditUse", { amount: money(one.amount), name: one.debt.name })}
          </Button>{" "}
          <small className="muted">{t("books.creditDue", { day: dayText(one.debt.due_on), open: money(one.debt.open) })}</small>
        </p>
      ))}
      {credit.left.cents > 0 ? (
        <p>
          <Button busy={letGo.isPending} why={may?.reasons[0]?.detail} onClick={() => letGo.mutate()}>
            {t(credit.document ? "books.creditLetGoDocument" : credit.order ? "books.creditLetGoOrder" : "books.creditLetGo", { amount: money(credit.amount) })}
          </Button>
        </p>
      ) : null}
      {failed ? <Failure error={failed} /> : null}
    </li>
  );
}
