import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../api/client";
import { money } from "../kernel/money";
import { dateText } from "../kernel/time";
import { Button, Failure } from "./basics";

type Paper = Schemas["Preliminary"];

/** An expired paper written anew in one press, and what is different in the one in its place. */
export function RewritePaper({ paper }: { paper: Paper }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const rewrite = useMutation({
    mutationFn: async () => (await client.POST("/api/v1/preliminaries/{preliminary_id}/rewrite", { params: { path: { preliminary_id: paper.id }, header: keyed() }, body: {} })).data,
    onSuccess: () => queries.invalidateQueries(),
  });
  const may = paper.actions["rewrite"];
  const made = rewrite.data;
  if (made)
    return (
      <div role="status">
        ✓{" "}
        <a href={made.href}>
          {t(`paper.${made.kind}`)} {made.number}
        </a>
        {made.valid_until ? ` · ${t("prelim.validTo", { day: dateText(made.valid_until) })}` : ""}
        <Changes paper={made} />
      </div>
    );
  if (!may) return null;
  return (
    <>
      <Button busy={rewrite.isPending} why={may.reasons[0]?.detail} onClick={() => rewrite.mutate()}>
        {t("prelim.rewrite", { number: paper.number })}
      </Button>
      {rewrite.isError ? <Failure error={rewrite.error} /> : null}
    </>
  );
}

/** What a paper says otherwise than the expired one whose place it took. */
export function Changes({ paper }: { paper: Paper }) {
  const { t } = useTranslation();
  if (!paper.in_place_of) return null;
  return (
    <small>
      {t("prelim.inPlaceOf", { number: paper.in_place_of.name })}
      {paper.changes.length === 0 ? ` ${t("prelim.changed.nothing")}` : null}
      <ul>
        {paper.changes.map((one) => (
          <li key={one.change + one.what}>{t(`prelim.changed.${one.change}`, { what: one.what, before: one.before ? money(one.before) : "", after: one.after ? money(one.after) : "" })}</li>
        ))}
      </ul>
    </small>
  );
}
