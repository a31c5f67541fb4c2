import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { Allowances } from "../features/consortium/allowances";
import { Costs } from "../features/consortium/costs";
import { Partners } from "../features/consortium/partners";
import { SettlementList } from "../features/consortium/settlements";
import { SharesEditor } from "../features/consortium/shares-editor";
import { SplitRules } from "../features/consortium/split-rules";
import { addMonths, monthText, today } from "../kernel/time";
import { Empty, Failure, Loading, Title } from "../ui/basics";
import { OneOf } from "../ui/choice";

const ZONE = "Europe/Rome";

/** Partners, the versions of their agreement, the months divided among them, and what one paid for another. */
export default function Consortium() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as { month?: string };
  const go = useNavigate();
  const base = today(ZONE);
  const month = filters.month ?? addMonths(base, -1).slice(0, 7);
  const months = Array.from({ length: 13 }, (_, n) => addMonths(base, -n).slice(0, 7));
  const list = api.useQuery("get", "/api/v1/consortia", { params: { query: {} } });
  const id = list.data?.data[0]?.id;
  const query = api.useQuery("get", "/api/v1/consortia/{consortium_id}", { params: { path: { consortium_id: id ?? "" } } }, { enabled: Boolean(id) });
  const it = query.data;
  const leads = it?.actions["agree"]?.allowed ?? false;
  return (
    <>
      <Title>{t("nav.consortium")}</Title>
      {list.isError ? <Failure error={list.error} retry={() => void list.refetch()} /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {list.isSuccess && !id ? <Empty>{t("cons.none")}</Empty> : null}
      {list.isPending || (id && query.isPending) ? <Loading /> : null}
      {it ? (
        <>
          <div className="toolbar">
            <OneOf label={t("report.month")} value={month} all={months} say={monthText} onChange={(one) => void go({ to: "/consortium", search: { month: one }, replace: true })} />
            {leads ? (
              <Link className="button plain" to="/consortium/what-if" search={{ month }}>
                {t("cons.whatIf")}
              </Link>
            ) : null}
          </div>
          <SettlementList consortium={it.id} month={month} leads={leads} />
          <SharesEditor consortium={it} month={month} today={base} />
          <Allowances consortium={it} today={base} />
          <Costs consortium={it} month={month} leads={leads} />
          <SplitRules consortium={it} month={month} today={base} />
          <Partners />
        </>
      ) : null}
    </>
  );
}
