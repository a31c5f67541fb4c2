import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client } from "../../api/client";
import { Button, Failure } from "../../ui/basics";

/** One's calendar elsewhere: a secret address, shown once, that can be taken back. */
export function Feeds() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [address, show] = useState<string | null>(null);
  const feeds = api.useQuery("get", "/api/v1/feeds", { params: { query: {} } });
  const refresh = () => cache.invalidateQueries({ queryKey: ["get", "/api/v1/feeds"] });
  const make = useMutation({
    mutationFn: () => client.POST("/api/v1/feeds", { body: { person: true, names: false } }),
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
      <h2 id="feeds">{t("feeds.title")}</h2>
      <p className="muted">{t("feeds.what")}</p>
      {address ? (
        <p className="note">
          {t("feeds.once")} <input readOnly value={address} aria-label={t("feeds.address")} onFocus={(e) => e.target.select()} />
        </p>
      ) : null}
      <ul className="rows">
        {(feeds.data?.data ?? []).map((feed) => (
          <li key={feed.id}>
            <span>{feed.of.name}</span>
            <small className="muted">{feed.read_at ? t("feeds.read") : t("feeds.unread")}</small>
            <Button tone="danger" busy={revoke.isPending} onClick={() => revoke.mutate(feed.id)}>
              {t("feeds.revoke")}
            </Button>
          </li>
        ))}
      </ul>
      {make.isError ? <Failure error={make.error} /> : null}
      <Button busy={make.isPending} onClick={() => make.mutate()}>
        {t("feeds.make")}
      </Button>
    </section>
  );
}
