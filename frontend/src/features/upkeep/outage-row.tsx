import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { instantText } from "../../kernel/time";
import { Button, Failure } from "../../ui/basics";

/** One outage: since when, until when, and what can be done: rescue whoever is in it, or lift it. */
export function OutageRow({ outage, zone }: { outage: Schemas["Outage"]; zone: string }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const go = useNavigate();
  const lift = useMutation({
    mutationFn: () => client.POST("/api/v1/outages/{outage_id}/lift", { params: { path: { outage_id: outage.id }, header: keyed() } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  const rescue = useMutation({
    mutationFn: () => client.POST("/api/v1/rescues", { params: { header: keyed() }, body: { outage_id: outage.id, reason: outage.reason } }),
    onSuccess: ({ data }) => data && void go({ to: "/rescues/$id", params: { id: data.id } }),
  });
  const lifting = outage.actions.lift;
  return (
    <li>
      <div>
        <strong>{outage.resource.name}</strong> {outage.units.length > 0 ? `(${outage.units.map((u) => u.name).join(", ")})` : ""}{" "}
        <span className="badge">{t(`fault.${outage.severity}`)}</span>
        <br />
        <small className="muted">
          {t("outage.since", { at: instantText(outage.from_at, zone) })} · {outage.until_at ? t("outage.to", { at: instantText(outage.until_at, zone) }) : t("outage.open")} · {outage.reason}
        </small>
      </div>
      {outage.severity === "unusable" ? (
        <Button tone="main" busy={rescue.isPending} onClick={() => rescue.mutate()}>
          {t("rescue.start")}
        </Button>
      ) : null}
      <Button why={lifting.allowed ? undefined : lifting.reasons[0]?.detail} busy={lift.isPending} onClick={() => lift.mutate()}>
        {t("outage.lift")}
      </Button>
      {lift.isError ? <Failure error={lift.error} /> : null}
      {rescue.isError ? <Failure error={rescue.error} /> : null}
    </li>
  );
}
