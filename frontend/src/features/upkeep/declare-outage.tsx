import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { Button, Dialog, Failure, Field } from "../../ui/basics";

const SEVERITIES = ["unusable", "with_care"] as const;

/** Staff say what cannot be used, of which unit if there are several, from when and until when. */
export function DeclareOutage({ resources, fault, onClose, onDone }: { resources: readonly Schemas["Ref"][]; fault?: Schemas["Fault"] | undefined; onClose: () => void; onDone: (outage: Schemas["OutageInFull"]) => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [resource, setResource] = useState(fault?.resource.id ?? resources[0]?.id ?? "");
  const [unit, setUnit] = useState("");
  const [severity, setSeverity] = useState<(typeof SEVERITIES)[number]>(fault?.severity ?? "unusable");
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [reason, setReason] = useState(fault?.text.slice(0, 200) ?? "");
  const units = api.useQuery("get", "/api/v1/outages/units", { params: { query: { resource_id: resource } } }, { enabled: Boolean(resource) });
  const declare = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/outages", {
        params: { header: keyed() },
        body: {
          resource_id: resource,
          unit_ids: unit ? [unit] : [],
          severity,
          reason,
          until_at: until ? `${until}:00` : null,
          fault_id: fault?.id ?? null,
          ...(from ? { from_at: `${from}:00` } : {}),
        },
      }),
    onSuccess: async ({ data }) => {
      await cache.invalidateQueries();
      if (data) onDone(data);
    },
  });
  const many = (units.data?.data.length ?? 0) > 1;
  return (
    <Dialog title={t("outage.declare")} open onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          declare.mutate();
        }}
      >
        <Field label={t("resource")}>
          {(id) => (
            <select
              id={id}
              value={resource}
              disabled={Boolean(fault)}
              onChange={(e) => {
                setResource(e.target.value);
                setUnit("");
              }}
            >
              {(fault ? [fault.resource] : resources).map((row) => (
                <option key={row.id} value={row.id}>
                  {row.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        {many ? (
          <Field label={t("outage.which")}>
            {(id) => (
              <select id={id} value={unit} onChange={(e) => setUnit(e.target.value)}>
                <option value="">{t("outage.all")}</option>
                {units.data?.data.map((row) => (
                  <option key={row.id} value={row.id}>
                    {row.name}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ) : null}
        <Field label={t("fault.severity")}>
          {(id) => (
            <select id={id} value={severity} onChange={(e) => setSeverity(e.target.value as typeof severity)}>
              {SEVERITIES.map((name) => (
                <option key={name} value={name}>
                  {t(`fault.${name}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <div className="pair">
          <Field label={t("from")} hint={t("outage.fromHint")}>
            {(id, note) => <input id={id} aria-describedby={note} type="datetime-local" value={from} onChange={(e) => setFrom(e.target.value)} />}
          </Field>
          <Field label={t("outage.until")} hint={t("outage.untilHint")}>
            {(id, note) => <input id={id} aria-describedby={note} type="datetime-local" value={until} onChange={(e) => setUntil(e.target.value)} />}
          </Field>
        </div>
        <Field label={t("reason")} hint={t("outage.reasonHint")}>
          {(id, note) => <input id={id} aria-describedby={note} required maxLength={200} value={reason} onChange={(e) => setReason(e.target.value)} />}
        </Field>
        {declare.isError ? <Failure error={declare.error} /> : null}
        <Button type="submit" tone="main" busy={declare.isPending}>
          {t("outage.declare")}
        </Button>
      </form>
    </Dialog>
  );
}
