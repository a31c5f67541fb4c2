import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { client, keyed } from "../../api/client";
import { Button, Failure } from "../../ui/basics";

/** A slot that is taken: one press, and it is offered to who asked when it is free again. */
export function TellMe({ resource, period }: { resource: string; period: { start: string; end: string } }) {
  const { t } = useTranslation();
  const join = useMutation({
    mutationFn: () => client.POST("/api/v1/waiting-list", { params: { header: keyed() }, body: { resource_id: resource, period, weekdays: [], quantity: 1 } }),
  });
  if (join.isSuccess)
    return (
      <p className="note" role="status">
        {t("waiting.joined")} <Link to="/me">{t("nav.me")}</Link>
      </p>
    );
  return (
    <>
      {join.isError ? <Failure error={join.error} /> : null}
      <Button busy={join.isPending} onClick={() => join.mutate()}>
        {t("waiting.tellMe")}
      </Button>
    </>
  );
}
