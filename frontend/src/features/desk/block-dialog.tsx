import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { Button, Dialog, Failure, Field } from "../../ui/basics";

const KINDS = ["maintenance", "own_use", "other"] as const;

/** Staff take time of a resource, with a reason. */
export function BlockDialog({ resources, day, onClose }: { resources: readonly Schemas["ResourceSpans"][]; day: string; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [resource, setResource] = useState(resources[0]?.id ?? "");
  const [kind, setKind] = useState<(typeof KINDS)[number]>("maintenance");
  const [start, setStart] = useState("12:00");
  const [end, setEnd] = useState("13:00");
  const [reason, setReason] = useState("");
  const make = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/blocks", {
        params: { header: keyed() },
        body: { resource_id: resource, period: { start: `${day}T${start}:00`, end: `${day}T${end}:00` }, kind, reason },
      }),
    onSuccess: async () => {
      await cache.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog title={t("desk.block")} open onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Field label={t("resource")}>
          {(id) => (
            <select id={id} value={resource} onChange={(e) => setResource(e.target.value)}>
              {resources.map((row) => (
                <option key={row.id} value={row.id}>
                  {row.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <div className="pair">
          <Field label={t("from")}>{(id) => <input id={id} type="time" required value={start} onChange={(e) => setStart(e.target.value)} />}</Field>
          <Field label={t("to")}>{(id) => <input id={id} type="time" required value={end} onChange={(e) => setEnd(e.target.value)} />}</Field>
        </div>
        <Field label={t("desk.blockKind")}>
          {(id) => (
            <select id={id} value={kind} onChange={(e) => setKind(e.target.value as typeof kind)}>
              {KINDS.map((name) => (
                <option key={name} value={name}>
                  {t(`block.${name}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("reason")}>{(id) => <input id={id} required maxLength={200} value={reason} onChange={(e) => setReason(e.target.value)} />}</Field>
        {make.isError ? <Failure error={make.error} /> : null}
        <Button type="submit" tone="main" busy={make.isPending}>
          {t("desk.block")}
        </Button>
      </form>
    </Dialog>
  );
}
