import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, Refusal, type Schemas } from "../../api/client";
import { instantText } from "../../kernel/time";
import { Button, Dialog, Empty, Failure, Field, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";

type Source = Schemas["CalendarSource"];
const FAULTS = ["address", "unreachable", "status", "too-large", "too-slow", "unreadable"] as const;
type Fault = (typeof FAULTS)[number];

interface Props {
  venue: string;
  zone: string;
  resources: readonly { id: string; name: string }[];
}

/** The outside calendars that block a venue's resources: how the last reading went, one more, one less. */
export function Sources({ venue, zone, resources }: Props) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/calendar-sources", { params: { query: { venue_id: venue, limit: 200 } } }, { refetchInterval: 30_000 });
  const [removed, remove] = useState<Source | null>(null);
  const [shown, show] = useState<Source | null>(null);
  return (
    <section aria-labelledby="sources">
      <h2 id="sources">{t("sources.title")}</h2>
      <p className="muted">{t("sources.what")}</p>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data?.data.length === 0 ? <Empty>{t("sources.none")}</Empty> : null}
      <ul className="rows">
        {query.data?.data.map((source) => (
          <li key={source.id}>
            <div>
              <strong>{source.resource.name}</strong>
              <small className="address">{source.url}</small>
            </div>
            <Reading source={source} zone={zone} />
            <Button onClick={() => show(source)}>{t("sources.affected")}</Button>
            <Button tone="danger" onClick={() => remove(source)}>
              {t("sources.remove")}
            </Button>
          </li>
        ))}
      </ul>
      <NewSource resources={resources} />
      {removed ? <Removing source={removed} onClose={() => remove(null)} /> : null}
      {shown ? <Affected source={shown} zone={zone} onClose={() => show(null)} /> : null}
    </section>
  );
}

/** How the last reading went, in words. */
function Reading({ source, zone }: { source: Source; zone: string }) {
  const { t } = useTranslation();
  const fault = FAULTS.find((name) => name === source.fault) as Fault | undefined;
  if (source.failing_since)
    return (
      <span className="error">
        ⚠ {t(`sources.fault.${fault ?? "unreadable"}`)} · {t("sources.since", { when: instantText(source.failing_since, zone) })}
      </span>
    );
  if (!source.read_at) return <span className="muted">◷ {t("sources.notYet")}</span>;
  return (
    <span>
      ✓ {t("sources.readAt", { when: instantText(source.read_at, zone) })} · {t("sources.events", { count: source.events })}
    </span>
  );
}

function NewSource({ resources }: { resources: Props["resources"] }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [resource, choose] = useState("");
  const [url, setUrl] = useState("");
  const add = useMutation({
    mutationFn: () => client.POST("/api/v1/calendar-sources", { params: { header: keyed() }, body: { resource_id: resource || (resources[0]?.id ?? ""), url } }),
    onSuccess: async () => {
      setUrl("");
      await cache.invalidateQueries({ queryKey: ["get", "/api/v1/calendar-sources"] });
    },
  });
  const wrong = add.error instanceof Refusal ? (add.error.problem.pointers[0]?.detail || add.error.problem.detail) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form className="filters" onSubmit={submit} aria-label={t("sources.add")}>
      <Choice label={t("resource")} value={resource} among={resources} onChange={choose} />
      <Field label={t("sources.url")} hint={t("sources.urlHint")} error={wrong}>
        {(id, note) => <input id={id} aria-describedby={note} type="url" required maxLength={1000} placeholder="https://" value={url} onChange={(e) => setUrl(e.target.value)} />}
      </Field>
      <Button type="submit" tone="main" busy={add.isPending} why={resources.length === 0 ? t("timeline.none") : undefined}>
        {t("sources.add")}
      </Button>
      {add.isError && !wrong ? <Failure error={add.error} /> : null}
    </form>
  );
}

function Removing({ source, onClose }: { source: Source; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const run = useMutation({
    mutationFn: () => client.DELETE("/api/v1/calendar-sources/{source_id}", { params: { path: { source_id: source.id } } }),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ["get", "/api/v1/calendar-sources"] });
      onClose();
    },
  });
  return (
    <Dialog title={`${t("sources.remove")} · ${source.resource.name}`} open onClose={onClose}>
      <p>{t("sources.removing", { count: source.events })}</p>
      {run.isError ? <Failure error={run.error} /> : null}
      <Button tone="danger" busy={run.isPending} onClick={() => run.mutate()}>
        {t("sources.remove")}
      </Button>
    </Dialog>
  );
}

/** Bookings that keep their time although the outside calendar says it is busy. */
function Affected({ source, zone, onClose }: { source: Source; zone: string; onClose: () => void }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/calendar-sources/{source_id}", { params: { path: { source_id: source.id } } });
  return (
    <Dialog title={`${t("sources.affected")} · ${source.resource.name}`} open onClose={onClose}>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data?.affected.length === 0 ? <Empty>{t("sources.noneAffected")}</Empty> : null}
      <ul>
        {query.data?.affected.map((booking) => (
          <li key={booking.id}>
            <a href={`/bookings/${booking.id}`}>{booking.code}</a> · {instantText(booking.period.start, zone)} · {booking.organisation?.name ?? booking.person.name}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
