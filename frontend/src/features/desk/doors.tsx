import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { Button, Dialog, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Choice, OneOf } from "../../ui/choice";

/** The tablets of a venue: pair one (its address is shown once), see which are silent, send one away. */
export function Doors({ venue, resources, onClose }: { venue: string; resources: readonly { id: string; name: string }[]; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [resource, setResource] = useState("");
  const [name, setName] = useState("");
  const [names, setNames] = useState<Schemas["Door"]["names"]>("none");
  const query = api.useQuery("get", "/api/v1/doors", { params: { query: { venue_id: venue } } });
  const pair = useMutation({
    mutationFn: async () => (await client.POST("/api/v1/doors", { body: { venue_id: venue, resource_id: resource || null, name, names } })).data,
    onSuccess: () => cache.invalidateQueries(),
  });
  const revoke = useMutation({
    mutationFn: (id: string) => client.DELETE("/api/v1/doors/{door_id}", { params: { path: { door_id: id } } }),
    onSuccess: () => cache.invalidateQueries(),
  });
  return (
    <Dialog title={t("doors.title")} open onClose={onClose}>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} /> : null}
      {query.data?.data.length === 0 ? <Empty>{t("doors.none")}</Empty> : null}
      <ul className="rows">
        {query.data?.data.map((door) => (
          <li key={door.id}>
            <div>
              {door.name} <small className="muted">{door.resource?.name ?? door.venue.name}</small> {door.silent ? <span className="badge held">{t("doors.silent")}</span> : null}
            </div>
            <Button tone="danger" busy={revoke.isPending} onClick={() => revoke.mutate(door.id)}>
              {t("doors.revoke")}
            </Button>
          </li>
        ))}
      </ul>
      {pair.data?.address ? (
        <p className="note" role="status">
          {t("doors.once")} <code>{pair.data.address}</code>
        </p>
      ) : null}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) pair.mutate();
        }}
      >
        <Field label={t("doors.name")}>{(id) => <input id={id} value={name} maxLength={80} onChange={(e) => setName(e.target.value)} />}</Field>
        <Choice label={t("resource")} value={resource} among={resources} none={t("doors.whole")} onChange={setResource} />
        <OneOf label={t("doors.names")} value={names} all={["none", "initials"]} say={(which) => t(which === "none" ? "doors.noNames" : "doors.initials")} onChange={setNames} />
        {pair.isError ? <Failure error={pair.error} /> : null}
        <Button tone="main" why={name.trim() ? undefined : t("doors.nameIt")} busy={pair.isPending} onClick={() => pair.mutate()}>
          {t("doors.pair")}
        </Button>
      </form>
    </Dialog>
  );
}
