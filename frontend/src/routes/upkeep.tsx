import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../api/client";
import { useOwnVenues } from "../api/session";
import { DeclareOutage } from "../features/upkeep/declare-outage";
import { OutageRow } from "../features/upkeep/outage-row";
import { dayText, instantText } from "../kernel/time";
import { Button, Empty, Failure, Loading, Title } from "../ui/basics";
import { Choice } from "../ui/choice";

/** Faults and upkeep: what was reported, what is out of order, whom it meets, what is due for service. */
export default function Upkeep() {
  const { t } = useTranslation();
  const filters = useSearch({ strict: false }) as { venue?: string };
  const go = useNavigate();
  const [declaring, declare] = useState<Schemas["Fault"] | "plain" | null>(null);
  const venues = useOwnVenues();
  const venue = venues.find((v) => v.id === filters.venue) ?? venues[0];
  const zone = venue?.time_zone ?? "Europe/Rome";
  const at = { params: { query: { venue_id: venue?.id ?? "" } } };
  const on = { enabled: Boolean(venue) };
  const faults = api.useQuery("get", "/api/v1/faults", { params: { query: { venue_id: venue?.id ?? "", state: ["reported", "confirmed"] } } }, on);
  const outages = api.useQuery("get", "/api/v1/outages", at, on);
  const rescues = api.useQuery("get", "/api/v1/rescues", at, on);
  const machines = api.useQuery("get", "/api/v1/upkeep", at, on);
  const resources = api.useQuery("get", "/api/v1/resources", { params: { query: { venue_id: venue?.id ?? "", limit: 200 } } }, on);
  if (!venue) return <Empty>{t("desk.none")}</Empty>;
  const waiting = [faults, outages, rescues, machines].some((q) => q.isPending);
  const failed = [faults, outages, rescues, machines].find((q) => q.isError);
  const open = (faults.data?.data ?? []).filter((f) => f.state === "reported");
  return (
    <>
      <Title>{t("upkeep.title")}</Title>
      <div className="toolbar">
        <Choice label={t("search.venue")} value={venue.id} among={venues} onChange={(id) => void go({ to: "/upkeep", search: { venue: id }, replace: true })} />
        <Button onClick={() => declare("plain")}>{t("outage.declare")}</Button>
      </div>
      {waiting ? <Loading /> : null}
      {failed ? <Failure error={failed.error} retry={() => void failed.refetch()} /> : null}
      <section aria-labelledby="faults">
        <h2 id="faults">{t("upkeep.faults")}</h2>
        {faults.data && open.length === 0 ? <Empty>{t("upkeep.noFaults")}</Empty> : null}
        <ul className="rows">
          {open.map((fault) => (
            <FaultRow key={fault.id} fault={fault} zone={zone} onConfirm={() => declare(fault)} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="outages">
        <h2 id="outages">{t("upkeep.outages")}</h2>
        {outages.data?.data.length === 0 ? <Empty>{t("upkeep.allWorks")}</Empty> : null}
        <ul className="rows">
          {outages.data?.data.map((outage) => (
            <OutageRow key={outage.id} outage={outage} zone={zone} />
          ))}
        </ul>
      </section>
      {rescues.data && rescues.data.data.length > 0 ? (
        <section aria-labelledby="rescues">
          <h2 id="rescues">{t("upkeep.rescues")}</h2>
          <ul className="rows">
            {rescues.data.data.map((found) => (
              <li key={found.id}>
                <Link to="/rescues/$id" params={{ id: found.id }}>
                  {found.resource?.name ?? found.venue.name}: {found.reason}
                </Link>
                <span className="muted">{found.counts.sent === 0 ? t("rescue.draft", { count: found.counts.cases }) : t("rescue.counts", { open: found.counts.open, cases: found.counts.cases })}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {machines.data && machines.data.data.length > 0 ? (
        <section aria-labelledby="due">
          <h2 id="due">{t("upkeep.due")}</h2>
          <div className="scroll" tabIndex={0} role="group" aria-labelledby="due">
            <table className="data">
              <thead>
                <tr>
                  <th scope="col">{t("resource")}</th>
                  <th scope="col">{t("upkeep.last")}</th>
                  <th scope="col">{t("upkeep.next")}</th>
                  <th scope="col">{t("upkeep.used")}</th>
                </tr>
              </thead>
              <tbody>
                {machines.data.data.map((due) => (
                  <tr key={due.resource.id} className={due.overdue ? "strong" : ""}>
                    <th scope="row">{due.resource.name}</th>
                    <td>{due.serviced_on ? dayText(due.serviced_on) : "–"}</td>
                    <td>
                      {due.due_on ? dayText(due.due_on) : "–"} {due.overdue ? `⚠ ${t("upkeep.overdue")}` : ""}
                    </td>
                    <td>
                      {Math.round(due.used_minutes / 60)} h{due.service_hours ? ` / ${due.service_hours}` : ""}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      ) : null}
      {declaring && resources.data ? (
        <DeclareOutage zone={zone} resources={resources.data.data} fault={declaring === "plain" ? undefined : declaring} onClose={() => declare(null)} onDone={() => declare(null)} />
      ) : null}
    </>
  );
}

function FaultRow({ fault, zone, onConfirm }: { fault: Schemas["Fault"]; zone: string; onConfirm: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const dismiss = useMutation({
    mutationFn: () => client.PATCH("/api/v1/faults/{fault_id}", { params: { path: { fault_id: fault.id } }, body: { state: "dismissed", answer: "" } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  return (
    <li>
      <div>
        <strong>{fault.resource.name}</strong> <span className="badge">{t(`fault.${fault.severity}`)}</span>
        <br />
        {fault.text}
        <br />
        <small className="muted">
          {fault.reported_by?.name ?? ""} · {instantText(fault.reported_at, zone)}
        </small>
      </div>
      <Button tone="main" onClick={onConfirm}>
        {t("fault.confirm")}
      </Button>
      <Button busy={dismiss.isPending} onClick={() => dismiss.mutate()}>
        {t("fault.dismiss")}
      </Button>
      {dismiss.isError ? <Failure error={dismiss.error} /> : null}
    </li>
  );
}
