import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { dateText } from "../../kernel/time";
import { Button, Failure, Field, Loading } from "../../ui/basics";
import { ToPlace } from "../../ui/places";

type Paper = Schemas["Document"];
const MENDABLE = new Set(["refused_by_sdi", "refused_by_customer", "to_mend"]);

/** Where a document is with the SdI; of one that was refused the official codes with what they mean, and the way out:
 * to the field that mends it (not `led` where one is there already), and out again (unless a form beside it does it). */
export function SdiCell({ paper, led = true, again: sends = true }: { paper: Paper; led?: boolean; again?: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const again = useMutation({
    mutationFn: () => client.POST("/api/v1/documents/{document_id}/correct", { params: { path: { document_id: paper.id }, header: keyed() }, body: {} }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const { state, faults } = paper.sdi;
  return (
    <div className="sdi">
      {t(`sdi.${state}`)}
      {faults.map((fault) => (
        <small key={fault.code}>
          {fault.code} {fault.detail} {led && MENDABLE.has(state) ? <ToPlace place={fault.place} issuer={paper.issuer.id} customer={paper.customer_id} paper={paper.id} /> : null}
        </small>
      ))}
      {MENDABLE.has(state) ? (
        <>
          {state === "to_mend" ? null : <small>{t("sdi.how")}</small>}
          {paper.sdi.again_by ? <small className={paper.sdi.too_late ? "error" : ""}>{t(paper.sdi.too_late ? "sdi.tooLate" : "sdi.againBy", { day: dateText(paper.sdi.again_by) })}</small> : null}
          {sends && led ? (
            <Link to="/manage/documents/$id/mend" params={{ id: paper.id }} aria-label={`${t("sdi.mend")} ${paper.number}`}>
              {t("sdi.mend")}
            </Link>
          ) : null}
          {sends ? (
            <Button busy={again.isPending} onClick={() => again.mutate()}>
              {t("sdi.again")}
            </Button>
          ) : null}
        </>
      ) : null}
      {again.isError ? <Failure error={again.error} /> : null}
    </div>
  );
}

/** How a document's file leaves by its issuer's channel: by itself, or as somebody says where nobody knows. */
export function Dispatched({ paper }: { paper: Paper }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: async (left: boolean) => {
      const asked = { params: { path: { document_id: paper.id }, header: keyed() } };
      await (left ? client.POST("/api/v1/documents/{document_id}/had-left", asked) : client.POST("/api/v1/documents/{document_id}/send", asked));
    },
    onSettled: () => queries.invalidateQueries(),
  });
  const way = paper.dispatch;
  if (!way) return null;
  const why = way.actions.send?.reasons[0]?.detail;
  const by = t(`sdi.by.${way.channel}`);
  return (
    <div className="sdi">
      <small>{t(`sdi.way.${way.state}`, { by, to: way.to })}</small>
      {way.fault ? <small>{way.fault}</small> : null}
      {way.state === "none" || way.actions.send?.allowed ? (
        <Button busy={act.isPending} why={why} onClick={() => act.mutate(false)}>
          {way.state === "doubtful" ? t("sdi.sendAgain") : t("sdi.send", { by })}
        </Button>
      ) : null}
      {way.actions.had_left?.allowed ? (
        <Button busy={act.isPending} onClick={() => act.mutate(true)}>
          {t("sdi.hadLeft")}
        </Button>
      ) : null}
      {act.isError ? <Failure error={act.error} /> : null}
    </div>
  );
}

/** The SdI's receipts, one or a zip of them; each says of which document it was. */
export function Receipts() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const send = useMutation({
    mutationFn: async (file: File) => {
      const form = new FormData();
      form.set("file", file);
      return (await client.POST("/api/v1/sdi-receipts", { body: form as never, bodySerializer: (body) => body as unknown as FormData })).data;
    },
    onSuccess: () => queries.invalidateQueries(),
  });
  const found = send.data?.data ?? [];
  const many = (result: string) => found.filter((row) => row.result === result).length;
  return (
    <div className="panel">
      <Field label={t("sdi.upload")} hint={t("sdi.uploadHint")}>
        {(id, described) => (
          <input
            id={id}
            aria-describedby={described}
            type="file"
            accept=".xml,.zip"
            onChange={(e) => {
              const file = e.target.files?.[0];
              if (file) send.mutate(file);
              e.target.value = "";
            }}
          />
        )}
      </Field>
      {send.isPending ? <Loading /> : null}
      {send.isError ? <Failure error={send.error} /> : null}
      {send.data ? <p role="status">{t("sdi.read", { read: many("read"), known: many("known"), unknown: many("unknown") })}</p> : null}
    </div>
  );
}
