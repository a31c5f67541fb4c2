import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { Accounts } from "../features/books/accounts";
import { Bank } from "../features/books/bank";
import { Customer } from "../features/books/customer";
import { Day } from "../features/books/day";
import { Disputes } from "../features/books/disputes";
import { Dunning } from "../features/books/dunning";
import { Instalments } from "../features/books/instalments";
import { Issuing } from "../features/books/issuer";
import { Refunds } from "../features/books/refunds";
import { Register, type RegisterName } from "../features/books/register";
import { Square } from "../features/books/square";
import { Books as Closing } from "../features/documents/books";
import { addMonths, monthText, today } from "../kernel/time";
import { Empty, Failure, Loading, Title } from "../ui/basics";
import { Choice, OneOf } from "../ui/choice";

const REGISTERS = ["vat", "receipts", "activities", "stamp-duty", "ageing", "payments", "fees", "td17", "payouts", "payout-parts", "disputes", "journal"] as const;
const VIEWS = ["square", ...REGISTERS, "bank", "refunds", "day", "dunning", "instalments", "customer", "issuer", "accounts"] as const;
type View = (typeof VIEWS)[number];
const MONTHLESS = new Set<View>(["ageing", "bank", "refunds", "day", "dunning", "instalments", "customer", "issuer", "accounts"]);

interface Filters {
  issuer?: string;
  month?: string;
  view?: string;
  customer?: string;
  /** A part of a customer's name. */
  q?: string;
  /** Where somebody was led to. */
  field?: string;
  /** Of what does not square: of which kind, and from where on. */
  code?: string | undefined;
  page?: string | undefined;
}

/** The accountant's books: does the month square, the registers, the bank, and who is reminded. */
export default function Books() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as Filters;
  const go = useNavigate();
  const set = (change: Filters) => void go({ to: "/manage/books", search: { ...filters, code: undefined, page: undefined, ...change }, replace: true });
  const turn = (change: Filters) => void go({ to: "/manage/books", search: { ...filters, page: undefined, ...change } });
  const base = today("Europe/Rome").slice(0, 7);
  const month = filters.month ?? base;
  const view = VIEWS.find((name) => name === filters.view) ?? "square";
  const issuers = api.useQuery("get", "/api/v1/issuers", { params: { query: {} } });
  const issuer = filters.issuer ?? issuers.data?.data[0]?.id;
  const months = Array.from({ length: 15 }, (_, n) => addMonths(`${base}-01`, -n).slice(0, 7));
  return (
    <>
      <Title>{t("nav.books")}</Title>
      <nav className="tabs" aria-label={t("nav.books")}>
        {VIEWS.map((name) => (
          <Link key={name} to="/manage/books" search={{ ...filters, code: undefined, page: undefined, view: name }} aria-current={name === view ? "page" : undefined}>
            {t(`books.view.${name}`)}
          </Link>
        ))}
      </nav>
      <div className="toolbar">
        <Choice label={t("doc.issuer")} value={issuer ?? ""} among={issuers.data?.data} onChange={(id) => set({ issuer: id })} />
        {MONTHLESS.has(view) ? null : (
          <OneOf label={t("report.month")} value={month} all={months} say={monthText} onChange={(one) => set({ month: one })} />
        )}
      </div>
      {issuers.isPending ? <Loading /> : null}
      {issuers.isError ? <Failure error={issuers.error} retry={() => void issuers.refetch()} /> : null}
      {issuers.isSuccess && !issuer ? <Empty>{t("books.noIssuer")}</Empty> : null}
      {issuer ? <Shown key={`${view} ${issuer} ${month}`} view={view} issuer={issuer} month={month} customer={filters.customer} q={filters.q} field={filters.field} code={filters.code} page={filters.page} turn={turn} choose={(customer) => set({ customer })} find={(q) => set({ q })} /> : null}
    </>
  );
}

interface ShownProps {
  view: View;
  issuer: string;
  month: string;
  customer: string | undefined;
  q: string | undefined;
  field: string | undefined;
  code: string | undefined;
  page: string | undefined;
  turn: (change: Filters) => void;
  choose: (id: string) => void;
  find: (q: string) => void;
}

function Shown({ view, issuer, month, customer, q, field, code, page, turn, choose, find }: ShownProps) {
  if (view === "bank") return <Bank issuer={issuer} />;
  if (view === "refunds") return <Refunds issuer={issuer} />;
  if (view === "day") return <Day issuer={issuer} />;
  if (view === "dunning") return <Dunning issuer={issuer} />;
  if (view === "instalments") return <Instalments issuer={issuer} q={q} find={find} />;
  if (view === "customer") return <Customer issuer={issuer} who={customer} choose={choose} />;
  if (view === "issuer") return <Issuing issuer={issuer} field={field} />;
  if (view === "accounts") return <Accounts issuer={issuer} />;
  if (view === "disputes")
    return (
      <>
        <Disputes issuer={issuer} />
        <Register name="disputes" issuer={issuer} month={month} />
      </>
    );
  if (view !== "square") return <Register name={view satisfies RegisterName} issuer={issuer} month={month} />;
  return (
    <>
      <Square issuer={issuer} month={month} code={code} page={page} turn={turn} />
      <Closing issuer={issuer} month={month} />
    </>
  );
}
