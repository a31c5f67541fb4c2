import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { instantText } from "../kernel/time";
import { Button, Empty, Failure, Field, Loading, Title } from "../ui/basics";
import { OneOf } from "../ui/choice";
import { VIEWED, type ViewingFilters } from "./filters";

const ZONE = "Europe/Rome";

/** Who was shown whose personal data: every filter and the page in the address. */
export default function Viewings() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as ViewingFilters;
  const go = useNavigate();
  const set = (change: ViewingFilters) => void go({ to: "/manage/viewings", search: { ...filters, page: undefined, ...change } });
  const query = api.useQuery(
    "get",
    "/api/v1/viewings",
    { params: { query: { ...(filters.what ? { what: filters.what } : {}), ...(filters.by ? { by_id: filters.by } : {}), ...(filters.whose ? { person_id: filters.whose } : {}), ...(filters.from ? { from_on: filters.from } : {}), ...(filters.to ? { until_on: filters.to } : {}), ...(filters.page ? { cursor: filters.page } : {}) } } },
    { placeholderData: (before) => before },
  );
  const it = query.data;
  const by = it?.data.find((row) => row.by.id === filters.by)?.by.name;
  const whose = it?.data.flatMap((row) => row.whose).find((one) => one.id === filters.whose)?.name;
  return (
    <>
      <Title>{t("nav.viewings")}</Title>
      <p className="muted">{t("viewings.hint")}</p>
      <div className="toolbar">
        <OneOf label={t("viewings.what")} value={filters.what ?? ""} all={["", ...VIEWED]} say={(what) => (what ? t(`viewings.whats.${what}`) : t("all"))} onChange={(what) => set({ what: what || undefined })} />
        <Field label={t("fromDay")}>{(id) => <input id={id} type="date" value={filters.from ?? ""} onChange={(e) => set({ from: e.target.value || undefined })} />}</Field>
        <Field label={t("toDay")}>{(id) => <input id={id} type="date" value={filters.to ?? ""} onChange={(e) => set({ to: e.target.value || undefined })} />}</Field>
        {filters.by ? <Button onClick={() => set({ by: undefined })}>{t("viewings.onlyBy", { name: by ?? "…" })} ✕</Button> : null}
        {filters.whose ? <Button onClick={() => set({ whose: undefined })}>{t("viewings.onlyOf", { name: whose ?? "…" })} ✕</Button> : null}
      </div>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it?.data.length === 0 ? <Empty>{t("viewings.none")}</Empty> : null}
      {it && it.data.length > 0 ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={t("nav.viewings")}>
          <table className="data wrapped">
            <thead>
              <tr>
                <th scope="col">{t("viewings.when")}</th>
                <th scope="col">{t("viewings.who")}</th>
                <th scope="col">{t("report.partner")}</th>
                <th scope="col">{t("viewings.what")}</th>
                <th scope="col">{t("viewings.whose")}</th>
              </tr>
            </thead>
            <tbody>
              {it.data.map((row) => (
                <tr key={row.id}>
                  <th scope="row">{instantText(row.at, ZONE)}</th>
                  <td>
                    <button type="button" className="link" onClick={() => set({ by: row.by.id })}>
                      {row.by.name}
                    </button>
                  </td>
                  <td>{row.partner?.name ?? t("viewings.house")}</td>
                  <td>
                    {t(`viewings.whats.${row.what}`)} <small className="muted">{t("viewings.shown", { count: row.things })}</small>
                  </td>
                  <td className="words">
                    <Whose row={row} only={(id) => set({ whose: id })} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <p className="toolbar">
        {filters.page ? <Button onClick={() => set({})}>← {t("viewings.newest")}</Button> : null}
        {it?.next_cursor ? <Button onClick={() => set({ page: it.next_cursor ?? undefined })}>{t("viewings.older")} →</Button> : null}
      </p>
    </>
  );
}

const FEW = 4;

function Whose({ row, only }: { row: Schemas["ViewingOfOthers"]; only: (id: string) => void }) {
  const { t } = useTranslation();
  const shown = row.whose.slice(0, FEW);
  return (
    <>
      {shown.map((one, n) => (
        <span key={one.id}>
          {n > 0 ? ", " : ""}
          <button type="button" className="link" onClick={() => only(one.id)}>
            {one.name}
          </button>
        </span>
      ))}
      {row.people > shown.length ? <small className="muted"> {t("viewings.more", { count: row.people - shown.length })}</small> : null}
      {row.people === 0 ? "–" : null}
    </>
  );
}
