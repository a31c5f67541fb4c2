import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { Button, Dialog, Failure, Field } from "../../ui/basics";

type Consequence = Schemas["Consequence"];
const PATHS = { grant: "/api/v1/consequences/{consequence_id}/grant", uphold: "/api/v1/consequences/{consequence_id}/uphold" } as const;

/** Appeals against no-shows: what the guest says, and the two answers, each with a reason that the guest will read. */
export function Appeals({ appeals }: { appeals: readonly Consequence[] }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="appeals">
      <h2 id="appeals">{t("desk.appeals")}</h2>
      <ul className="rows">
        {appeals.map((one) => (
          <li key={one.id}>
            <div>
              <Link to="/bookings/$id" params={{ id: one.booking_id }}>
                {one.person.name}
              </Link>{" "}
              <span>{one.detail}</span>
              <p className="note">{one.words}</p>
            </div>
            <Answer one={one} act="grant" />
            <Answer one={one} act="uphold" />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Answer({ one, act }: { one: Consequence; act: keyof typeof PATHS }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [asking, ask] = useState(false);
  const [reason, setReason] = useState("");
  const run = useMutation({
    mutationFn: () => client.POST(PATHS[act], { params: { path: { consequence_id: one.id }, header: keyed() }, body: { reason } }),
    onSuccess: async () => {
      ask(false);
      await cache.invalidateQueries();
    },
  });
  const allowed = one.actions[act];
  return (
    <>
      <Button tone={act === "grant" ? "main" : "plain"} why={allowed.allowed ? undefined : allowed.reasons[0]?.detail} onClick={() => ask(true)}>
        {t(`appeal.${act}`)}
      </Button>
      <Dialog title={t(`appeal.${act}`)} open={asking} onClose={() => ask(false)}>
        <Field label={t("reason")} hint={t("refusalHint")}>
          {(id, note) => <textarea id={id} aria-describedby={note} value={reason} onChange={(e) => setReason(e.target.value)} rows={3} maxLength={500} />}
        </Field>
        {run.isError ? <Failure error={run.error} /> : null}
        <Button tone="main" why={reason.trim() ? undefined : t("reasonNeeded")} busy={run.isPending} onClick={() => run.mutate()}>
          {t(`appeal.${act}`)}
        </Button>
      </Dialog>
    </>
  );
}
