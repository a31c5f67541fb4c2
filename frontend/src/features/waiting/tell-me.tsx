import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { client, keyed, Refusal, type Schemas } from "../../api/client";
import { Button, Failure } from "../../ui/basics";
import { ForWhom, useForWhom } from "../../ui/for-whom";
import { RefusalNote } from "../../ui/refusal";

interface Props {
  /** A slot that is taken, or several things that are not free together. */
  wanted: Pick<Schemas["NewPlaceRequest"], "resource_id" | "items" | "venue_id" | "period" | "days" | "hours" | "minutes" | "people">;
  zone: string;
  /** Why one cannot wait for it, if so. */
  why?: string | undefined;
  /** In whose name, where the page has asked that already (null: one's own). */
  organisation?: string | null;
}

/** One press, and it is offered to who asked when it is free again. */
export function TellMe({ wanted, zone, why, organisation }: Props) {
  const { t } = useTranslation();
  const whom = useForWhom();
  const join = useMutation({
    mutationFn: () => client.POST("/api/v1/waiting-list", { params: { header: keyed() }, body: { weekdays: [], quantity: 1, ...wanted, organisation_id: organisation === undefined ? (whom.organisation ?? null) : organisation } }),
  });
  if (join.isSuccess)
    return (
      <p className="note" role="status">
        {t("waiting.joined")} <Link to="/me">{t("nav.me")}</Link>
      </p>
    );
  return (
    <>
      {organisation === undefined ? <ForWhom {...whom} /> : null}
      {join.error instanceof Refusal ? <RefusalNote problem={join.error.problem} zone={zone} /> : join.isError ? <Failure error={join.error} /> : null}
      <Button busy={join.isPending} why={why} onClick={() => join.mutate()}>
        {t("waiting.tellMe")}
      </Button>
    </>
  );
}
