import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useSession } from "../api/session";
import { Beneficiaries } from "../features/budgets/beneficiaries";
import { Used } from "../features/budgets/used";
import { dayText } from "../kernel/time";
import { Failure, Loading, Title } from "../ui/basics";
import { unitsText } from "../ui/units";

/** A programme as its sponsor and those who manage it see it: what is left, who used what, and the report to take away. */
export default function ProgrammePage() {
  const { t } = useTranslation();
  const { session } = useSession();
  const cache = useQueryClient();
  const { id } = useParams({ strict: false }) as { id: string };
  const at = { params: { path: { programme_id: id } } };
  const query = api.useQuery("get", "/api/v1/programmes/{programme_id}", at);
  const report = api.useQuery("get", "/api/v1/programmes/{programme_id}/report", at, { enabled: query.data?.can_report === true });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const programme = query.data;
  const file = (kind: string) => `/api/v1/programmes/${id}/report/files/${kind}`;
  return (
    <>
      <Title>{programme.name}</Title>
      <p className="muted">{t("programmes.by", { sponsor: programme.sponsor.name, until: dayText(programme.last_on) })}</p>
      {programme.text ? <p>{programme.text}</p> : null}
      {programme.code ? (
        <p>
          {t("programmes.code")}: <span className="code">{programme.code}</span>
        </p>
      ) : null}
      <dl className="counts">
        {programme.budgets.map((budget) => (
          <div key={budget.id}>
            <dt>{budget.name}</dt>
            <dd>
              {unitsText(budget.unit, budget.left, t)}
              <small>{t("programmes.leftOf", { given: unitsText(budget.unit, budget.given, t) })}</small>
            </dd>
          </div>
        ))}
      </dl>
      {programme.can_report && report.isPending ? <Loading /> : null}
      {report.isError ? <Failure error={report.error} retry={() => void report.refetch()} /> : null}
      {report.data ? (
        <>
          <Used report={report.data} zone={session.venues.find((venue) => venue.id === programme.venue.id)?.time_zone ?? "Europe/Rome"} />
          <p className="toolbar">
            <a className="button" href={file("pdf")}>
              {t("programmes.pdf")}
            </a>
            <a className="button" href={file("xlsx")}>
              {t("programmes.xlsx")}
            </a>
          </p>
        </>
      ) : null}
      {programme.can_admit ? <Beneficiaries programme={id} adds={programme.can_edit} onChange={() => void cache.invalidateQueries({ queryKey: ["get", "/api/v1/programmes"] })} /> : null}
    </>
  );
}
