import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Failure, Field, Loading } from "../../ui/basics";

type Finding = Schemas["Reconciliation"]["findings"][number];
const SHOWN = 50;

/** "It squares", or each thing that does not; and of a closed month its hash and its archive. */
export function Square({ issuer, month }: { issuer: string; month: string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/reconciliation", { params: { query: { issuer_id: issuer, month } } });
  const months = api.useQuery("get", "/api/v1/accounting-months", { params: { query: { issuer_id: issuer } } });
  const shown = months.data?.data.find((row) => row.month === month);
  const it = query.data;
  const findings = it?.findings ?? [];
  const groups = [...new Set(findings.map((found) => found.code))].map((code) => findings.filter((found) => found.code === code));
  return (
    <>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it?.squares ? <p className="note">✓ {t("books.squares")}</p> : null}
      {it && !it.squares ? <p>{t("books.open", { count: it.findings.filter((found) => found.stops).length })}</p> : null}
      {groups.map((group) => (
        <Group key={group[0]?.code} findings={group} issuer={issuer} month={month} />
      ))}
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

/** All that is wrong in one way: open where it stops the month, else behind its number. */
function Group({ findings, issuer, month }: { findings: Finding[]; issuer: string; month: string }) {
  const { t } = useTranslation();
  const first = findings[0];
  if (!first) return null;
  return (
    <details open={first.stops}>
      <summary>
        {first.detail}: {findings.length} <span className={first.stops ? "badge refused" : "badge"}>{t(first.stops ? "books.stops" : "books.told")}</span>
      </summary>
      <ul>
        {findings.slice(0, SHOWN).map((found) => (
          <li key={found.thing_id ?? found.about}>
            {found.about}
            {found.off ? ` · ${money(found.off)}` : ""}
            {found.mends.length > 0 ? <Mends found={found} issuer={issuer} month={month} /> : null}
          </li>
        ))}
        {findings.length > SHOWN ? <li>{t("books.more", { count: findings.length - SHOWN })}</li> : null}
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
