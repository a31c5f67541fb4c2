import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { Button, Failure } from "../../ui/basics";
import { Choice } from "../../ui/choice";

/** What a calendar can be of, and how it is asked for. */
interface FeedOf {
  id: string;
  name: string;
  body: Partial<Pick<Schemas["NewFeedRequest"], "person" | "organisation_id" | "resource_id" | "venue_id">>;
}

interface Props {
  of: readonly FeedOf[];
  title: string;
  what: string;
  /** Whether who reads it may see whose each booking is. */
  named?: boolean;
}

/** Calendars read elsewhere: secret addresses, each shown once, that can be taken back. */
export function Feeds({ of, title, what, named = false }: Props) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [address, show] = useState<string | null>(null);
  const [chosen, choose] = useState(of[0]?.id ?? "");
  const [names, setNames] = useState(false);
  const target = of.find((one) => one.id === chosen) ?? of[0];
  const known = new Set(of.map((one) => one.id));
  const feeds = api.useQuery("get", "/api/v1/feeds", { params: { query: { limit: 200 } } });
  const refresh = () => cache.invalidateQueries({ queryKey: ["get", "/api/v1/feeds"] });
  const make = useMutation({
    mutationFn: () => client.POST("/api/v1/feeds", { body: { person: false, names: named && names, ...target?.body } }),
    onSuccess: ({ data }) => {
      show(data?.address ?? null);
      void refresh();
    },
  });
  const revoke = useMutation({
    mutationFn: (id: string) => client.DELETE("/api/v1/feeds/{feed_id}", { params: { path: { feed_id: id } } }),
    onSuccess: () => {
      show(null);
      void refresh();
    },
  });
  return (
    <section aria-labelledby="feeds">
      <h2 id="feeds">{title}</h2>
      <p className="muted">{what}</p>
      {address ? (
        <p className="note">
          {t("feeds.once")} <input readOnly value={address} aria-label={t("feeds.address")} onFocus={(e) => e.target.select()} />
        </p>
      ) : null}
      <ul className="rows">
        {(feeds.data?.data ?? [])
          .filter((feed) => known.has(feed.of.id))
          .map((feed) => (
            <li key={feed.id}>
              <span>
                {feed.of.name}
                {feed.names ? <small className="muted"> · {t("feeds.withNames")}</small> : null}
              </span>
              <small className="muted">{feed.read_at ? t("feeds.read") : t("feeds.unread")}</small>
              <Button tone="danger" busy={revoke.isPending && revoke.variables === feed.id} onClick={() => revoke.mutate(feed.id)}>
                {t("feeds.revoke")}
              </Button>
            </li>
          ))}
      </ul>
      {revoke.isError ? <Failure error={revoke.error} /> : null}
      {make.isError ? <Failure error={make.error} /> : null}
      <div className="filters">
        {of.length > 1 ? (
          <Choice label={t("feeds.of")} value={target?.id} among={of} onChange={choose} />
        ) : null}
        {named ? (
          <label className="check">
            <input type="checkbox" checked={names} onChange={(e) => setNames(e.target.checked)} /> {t("feeds.names")}
          </label>
        ) : null}
        <Button busy={make.isPending} onClick={() => make.mutate()}>
          {t("feeds.make")}
        </Button>
      </div>
    </section>
  );
}
