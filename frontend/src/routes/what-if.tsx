import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { WhatIf } from "../features/consortium/what-if";
import { addMonths, monthText, today } from "../kernel/time";
import { Empty, Failure, Loading, Title } from "../ui/basics";

/** A month as it would have been. */
export default function WhatIfPage() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as { month?: string };
  const month = filters.month ?? addMonths(today("Europe/Rome"), -1).slice(0, 7);
  const list = api.useQuery("get", "/api/v1/consortia", { params: { query: {} } });
  const it = list.data?.data[0];
  return (
    <>
      <p>
        <Link to="/consortium" search={{ month }}>
          ← {it?.name ?? t("nav.consortium")}
        </Link>
      </p>
      <Title>{t("cons.whatIfOf", { month: monthText(month) })}</Title>
      {list.isPending ? <Loading /> : null}
      {list.isError ? <Failure error={list.error} retry={() => void list.refetch()} /> : null}
      {list.isSuccess && !it ? <Empty>{t("cons.none")}</Empty> : null}
      {it ? <WhatIf consortium={it} month={month} /> : null}
    </>
  );
}
