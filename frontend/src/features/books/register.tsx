import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { money, rateText, type Money } from "../../kernel/money";
import { dayText } from "../../kernel/time";
import { Button, Empty, Failure, Loading } from "../../ui/basics";

export type RegisterName = "vat" | "receipts" | "activities" | "stamp-duty" | "ageing" | "payments" | "fees" | "td17" | "payouts" | "payout-parts" | "disputes" | "journal";
type Table = Schemas["Table"];
const ROWS = 100;

/** One of the accountant's registers: what it comes to, its rows a page at a time, and the same as CSV and XLSX. */
export function Register({ name, issuer, month }: { name: RegisterName; issuer: string; month: string }) {
  const { t } = useTranslation();
  const [offset, turn] = useState(0);
  const asked = { issuer_id: issuer, month };
  const query = api.useQuery("get", "/api/v1/registers/{name}", { params: { path: { name }, query: { ...asked, offset, limit: ROWS } } }, { placeholderData: (before) => before });
  const it = query.data;
  const address = (output: string) => `/api/v1/registers/${name}?${new URLSearchParams({ ...asked, output })}`;
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!it) return null;
  return (
    <>
      {it.summary && it.summary.rows.length > 0 ? <Cells table={it.summary} label={t("books.summary")} sums /> : null}
      {it.rows.length === 0 ? <Empty>{t("books.nothing")}</Empty> : <Cells table={it} label={t(`books.view.${name}`)} />}
      <p className="toolbar">
        {offset > 0 ? <Button onClick={() => turn(Math.max(offset - ROWS, 0))}>← {t("earlier")}</Button> : null}
        {it.next_offset ? <Button onClick={() => turn(it.next_offset ?? 0)}>{t("later")} →</Button> : null}
        {it.rows.length > 0 || it.summary?.rows.length ? (
          <>
            <a href={address("csv")}>CSV</a> <a href={address("xlsx")}>XLSX</a>
          </>
        ) : null}
      </p>
    </>
  );
}

function Cells({ table, label, sums = false }: { table: Table; label: string; sums?: boolean }) {
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={label}>
      <table className={sums ? "data register totals" : "data register"}>
        {sums ? <caption>{label}</caption> : null}
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column.title} scope="col" className={NUMBERS.has(column.kind) ? "number" : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, n) => (
            <tr key={n}>
              {row.map((value, at) => {
                const kind = table.columns[at]?.kind ?? "text";
                return (
                  <td key={at} className={NUMBERS.has(kind) ? "number" : undefined}>
                    {told(value, kind)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const NUMBERS = new Set(["money", "number", "count"]);

function told(value: unknown, kind: string): string {
  if (value === null || value === undefined) return "–";
  if (kind === "money") return money(value as Money);
  if (kind === "day") return dayText(String(value));
  if (kind === "number") return rateText(String(value));
  return String(value);
}
