import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { useRole } from "../../api/session";
import { Failure, Loading } from "../../ui/basics";

type Kind = keyof Schemas["Preferences"];

/** Which messages one wants; what always comes is said, not offered. */
export function Preferences() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const house = useRole("staff", "manager", "administrator");
  const manages = useRole("manager");
  const query = api.useQuery("get", "/api/v1/people/me/preferences");
  const kinds: Kind[] = ["confirmation", "reminder", "offer", ...(house ? (["approval"] as const) : []), ...(manages ? (["report"] as const) : [])];
  const choose = useMutation({
    mutationFn: ({ kind, wanted }: { kind: Kind; wanted: boolean }) => client.PATCH("/api/v1/people/me/preferences", { body: { [kind]: wanted } }),
    onSettled: () => cache.invalidateQueries({ queryKey: ["get", "/api/v1/people/me/preferences"] }),
  });
  const said = (kind: Kind) => (choose.isPending && choose.variables.kind === kind ? choose.variables.wanted : query.data?.[kind]);
  return (
    <section className="panel">
      <h2>{t("preferences.title")}</h2>
      <p>{t("preferences.always")}</p>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {query.data
        ? kinds.map((kind) => (
            <p key={kind}>
              <label className="check">
                <input type="checkbox" checked={said(kind) ?? true} onChange={(event) => choose.mutate({ kind, wanted: event.target.checked })} /> {t(`preferences.${kind}`)}
              </label>
            </p>
          ))
        : null}
      {choose.isError ? <Failure error={choose.error} /> : null}
    </section>
  );
}
