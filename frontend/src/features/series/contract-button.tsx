import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, client, keyed } from "../../api/client";
import { Button, Failure, heir } from "../../ui/basics";

/** The contract in the reader's language: drawn when asked for, then a link to it. */
export function ContractButton({ series }: { series: string }) {
  const { t, i18n } = useTranslation();
  const start = useMutation({
    mutationFn: async () =>
      (await client.POST("/api/v1/series/{series_id}/contract", { params: { path: { series_id: series }, header: keyed() }, body: { language: i18n.language.startsWith("en") ? "en" : "it" } })).data,
  });
  const id = start.data?.id;
  const job = api.useQuery(
    "get",
    "/api/v1/jobs/{job_id}",
    { params: { path: { job_id: id ?? "" } } },
    { enabled: Boolean(id), refetchInterval: (q) => (q.state.data?.state === "done" ? false : 1000) },
  );
  const file = job.data?.files[0];
  if (file)
    return (
      <a className="button" href={file.href} ref={heir}>
        {t("series.contractReady")}
      </a>
    );
  return (
    <>
      <Button busy={start.isPending || Boolean(id)} onClick={() => start.mutate()}>
        {t(start.isPending || id ? "series.contractMaking" : "series.contract")}
      </Button>
      {start.isError ? <Failure error={start.error} /> : null}
    </>
  );
}
