import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Failure, Field, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";

type Finding = Schemas["Reconciliation"]["findings"][number];
type Alike = Schemas["Reconciliation"]["alike"][number];
type Code = Finding["code"];

interface Props {
  issuer: string;
  month: string;
  /** Only what is of this kind. */
  code: string | undefined;
  page: string | undefined;
  turn: (change: { code?: string | undefined; page?: string | undefined }) => void;
}

/** "It squares", or each thing that does not; and of a closed month its hash and its archive. */
export function Square({ issuer, month, code, page, turn }: Props) {
  const { t } = useTranslation();
  const query = api.useQuery(
    "get",
    "/api/v1/reconciliation",
    { params: { query: { issuer_id: issuer, month, ...(code ? { code: [code as Code] } : {}), ...(page ? { cursor: page } : {}) } } },
    { placeholderData: (before) => before },
  );
  const months = api.useQuery("get", "/api/v1/accounting-months", { params: { query: { issuer_id: issuer } } });
  const shown = months.data?.data.find((row) => row.month === month);
  const it = query.data;
  const findings = it?.findings ?? [];
  const alike = it?.alike ?? [];
  const kinds = alike.map((kind) => ({ id: kind.code as string, name: `${kind.detail} (${kind.count})` }));
  // All of it was mended: it stays chosen until something else is.
  if (it && code && !kinds.some((kind) => kind.id === code)) kinds.push({ id: code, name: t("books.nothing") });
  const groups = alike.map((kind) => ({ kind, here: findings.filter((found) => found.code === kind.code && found.stops === kind.stops) })).filter(({ here }) => here.length > 0);
  return (
    <>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it?.squares ? <p className="note">✓ {t("books.squares")}</p> : null}
      {it && !it.squares ? <p>{t("books.open", { count: it.stopping })}</p> : null}
      {alike.length > 1 || code ? (
        <div className="toolbar">
          <Choice label={t("books.kindOf")} value={code ?? ""} none={t("books.allKinds")} among={kinds} onChange={(one) => turn({ code: one || undefined })} />
        </div>
      ) : null}
      {groups.map(({ kind, here }) => (
        <Group key={`${kind.code} ${kind.stops} ${code ?? ""}`} kind={kind} findings={here} open={kind.stops || Boolean(code)} issuer={issuer} month={month} />
      ))}
      {page || it?.next_cursor ? (
        <p className="toolbar">
          {page ? <Button onClick={() => turn({ code })}>← {t("books.firstPage")}</Button> : null}
          {it?.next_cursor ? <Button onClick={() => turn({ code, page: it.next_cursor ?? undefined })}>{t("later")} →</Button> : null}
        </p>
      ) : null}
      {shown?.closed_at ? (
        <section className="panel">
          <h2>{t("doc.closed", { day: dayText(shown.closed_at.slice(0, 10)) })}</h2>
          <p>
            {t("books.print")} <code className="print">{shown.sha256}</code>
          </p>
          {shown.archive ? (
            <a className="button" href={shown.archive}>
              {t("books.archive")}
            </a>
          ) : null}
        </section>
      ) : null}
    </>
  );
}

/** All that is wrong in one way, as far as this page shows it: open where it stops the month or was asked for, else behind
 * how many there are of it. */
function Group({ kind, findings, open, issuer, month }: { kind: Alike; findings: Finding[]; open: boolean; issuer: string; month: string }) {
  const { t } = useTranslation();
  return (
    <details open={open}>
      <summary>
        {kind.detail}: {kind.count} <span className={kind.stops ? "badge refused" : "badge"}>{t(kind.stops ? "books.stops" : "books.told")}</span>
      </summary>
      <ul>
        {findings.map((found) => (
          <li key={found.thing_id ?? found.about}>
            {found.about}
            {found.off ? ` · ${money(found.off)}` : ""}
            {found.mends.length > 0 ? <Mends found={found} issuer={issuer} month={month} /> : null}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What may be done about a finding from here; an explanation wants its words. */
function Mends({ found, issuer, month }: { found: Finding; issuer: string; month: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [explaining, explain] = useState(false);
  const mend = useMutation({
    mutationFn: ({ how, why }: { how: Finding["mends"][number]; why?: string }) =>
      client.POST("/api/v1/reconciliation/mend", {
        body: { issuer_id: issuer, month, code: found.code, thing_id: found.thing_id ?? "", how, ...(why ? { why } : {}) },
      }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <>
      <div className="toolbar">
        {found.mends.map((how) =>
          how === "explain" ? (
            <Button key={how} aria-expanded={explaining} onClick={() => explain(!explaining)}>
              {t("books.mend.explain")}
            </Button>
          ) : (
            <Button key={how} busy={mend.isPending} onClick={() => mend.mutate({ how })}>
              {t(`books.mend.${how}`)}
            </Button>
          ),
        )}
      </div>
      {explaining ? (
        <form
          className="toolbar"
          onSubmit={(e) => {
            e.preventDefault();
            const why = new FormData(e.currentTarget).get("why");
            if (typeof why === "string" && why.trim()) mend.mutate({ how: "explain", why: why.trim() });
          }}
        >
          <Field label={t("books.mend.why")}>{(id) => <input id={id} name="why" maxLength={200} required />}</Field>
          <Button type="submit" busy={mend.isPending}>
            {t("save")}
          </Button>
        </form>
      ) : null}
      {mend.isSuccess && found.mends.includes("give-back") ? <span role="status">{t("books.mend.done")}</span> : null}
      {mend.isError ? <Failure error={mend.error} /> : null}
    </>
  );
}
