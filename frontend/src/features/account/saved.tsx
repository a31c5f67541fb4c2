import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { monthText } from "../../kernel/time";
import { Button, Dialog, Failure } from "../../ui/basics";
import { methodName } from "../../ui/methods";

type Method = Schemas["SavedMethod"];

/** The cards and accounts one has saved for plans, the way to save another, and to have one forgotten. */
export function SavedMethods({ bodies }: { bodies: { id: string; name: string }[] }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [removing, ask] = useState<Method | null>(null);
  const query = api.useQuery("get", "/api/v1/payment-methods", {}, { refetchInterval: (found) => (found.state.data?.data.some((one) => one.state === "awaiting") ? 3000 : false) });
  const add = useMutation({
    mutationFn: (organisation: string | null) => client.POST("/api/v1/payment-methods", { body: { organisation_id: organisation } }),
    onSuccess: ({ data }) => data && window.location.assign(data.redirect_url),
  });
  const remove = useMutation({
    mutationFn: (id: string) => client.DELETE("/api/v1/payment-methods/{method_id}", { params: { path: { method_id: id } } }),
    onSuccess: async () => {
      ask(null);
      await cache.invalidateQueries();
    },
  });
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return null;
  return (
    <section aria-labelledby="saved">
      <h2 id="saved">{t("saved.title")}</h2>
      <p className="muted">{t("saved.what")}</p>
      <ul className="rows">
        {query.data.data.map((one) => (
          <li key={one.id}>
            {one.state === "awaiting" ? (
              <span className="muted">{t("saved.awaiting")}</span>
            ) : (
              <>
                <span>
                  <strong>{methodName(one, t)}</strong> {one.organisation_id ? <span className="muted">{one.holder}</span> : null}
                </span>
                {one.expires_on ? <span className="muted">{t("saved.until", { month: monthText(one.expires_on.slice(0, 7)) })}</span> : null}
                <Button onClick={() => ask(one)}>{t("saved.remove", { what: methodName(one, t) })}</Button>
              </>
            )}
          </li>
        ))}
      </ul>
      <div className="deeds">
        <Button busy={add.isPending} onClick={() => add.mutate(null)}>
          {t("saved.add")}
        </Button>
        {bodies.map((body) => (
          <Button key={body.id} busy={add.isPending} onClick={() => add.mutate(body.id)}>
            {t("saved.addFor", { name: body.name })}
          </Button>
        ))}
      </div>
      {add.isError ? <Failure error={add.error} /> : null}
      <Dialog title={t("saved.removeTitle")} open={removing !== null} onClose={() => ask(null)}>
        <p>{t("saved.removeMore")}</p>
        {remove.isError ? <Failure error={remove.error} /> : null}
        <Button tone="danger" busy={remove.isPending} onClick={() => removing && remove.mutate(removing.id)}>
          {removing ? t("saved.remove", { what: methodName(removing, t) }) : ""}
        </Button>
      </Dialog>
    </section>
  );
}
