import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Failure, Loading } from "../../ui/basics";

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
        <Group key={group[0]?.code} findings={group} />
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
function Group({ findings }: { findings: Finding[] }) {
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
          </li>
        ))}
        {findings.length > SHOWN ? <li>{t("books.more", { count: findings.length - SHOWN })}</li> : null}
      </ul>
    </details>
  );
}
