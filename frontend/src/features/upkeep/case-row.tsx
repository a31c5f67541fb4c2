import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, keyed, type Schemas } from "../../api/client";
import { instantText, periodText } from "../../kernel/time";
import { Button, Failure, Field } from "../../ui/basics";

type Case = Schemas["RescueCase"];
const CHOICES = ["move", "refund", "wait", "keep"] as const;

/** One affected booking: what is held for it, whether they have seen and answered, and the answer by telephone. */
export function CaseRow({ rescue, found, zone }: { rescue: string; found: Case; zone: string }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const words = { today: t("today"), tomorrow: t("tomorrow") };
  const done = { onSuccess: () => cache.invalidateQueries() };
  const edit = useMutation({
    mutationFn: (said: { chosen?: number | null; left_out?: boolean }) =>
      client.PATCH("/api/v1/rescues/{rescue_id}", { params: { path: { rescue_id: rescue } }, body: { cases: [{ case_id: found.id, ...said }] } }),
    ...done,
  });
  const answer = useMutation({
    mutationFn: (choice: (typeof CHOICES)[number]) =>
      client.POST("/api/v1/rescues/{rescue_id}/answer", { params: { path: { rescue_id: rescue }, header: keyed() }, body: { case_id: found.id, choice } }),
    ...done,
  });
  const draft = !found.sent_at && !found.answer;
  const chosen = found.chosen === null ? undefined : found.offers[found.chosen];
  const named = (offer: Case["offers"][number]) => `${offer.resources.map((r) => r.name).join(", ")}, ${periodText(offer.period, zone, words)}`;
  return (
    <li>
      <div>
        <strong>{found.booking.organisation?.name ?? found.booking.person.name}</strong> <span className="code">{found.booking.code}</span>
        <br />
        {found.resources.map((r) => r.name).join(", ")}, {periodText(found.booking.period, zone, words)}
        <br />
        <small className="muted">{standing()}</small>
      </div>
      {draft && !found.left_out ? (
        <Field label={t("rescue.instead")}>
          {(id) => (
            <select id={id} value={found.chosen ?? ""} aria-busy={edit.isPending} onChange={(e) => edit.isPending || edit.mutate({ chosen: e.target.value === "" ? null : Number(e.target.value) })}>
              <option value="">{t("rescue.nothing")}</option>
              {found.offers.map((offer, index) => (
                <option key={named(offer)} value={index}>
                  {named(offer)}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : chosen && !found.answer ? (
        <span>{named(chosen)}</span>
      ) : null}
      {draft ? (
        <label className="check">
          <input type="checkbox" checked={found.left_out} aria-busy={edit.isPending} onChange={(e) => edit.isPending || edit.mutate({ left_out: e.target.checked })} /> {t("rescue.leftOut")}
        </label>
      ) : null}
      {found.sent_at && !found.answer ? (
        <details>
          <summary>{t("rescue.forThem")}</summary>
          {CHOICES.map((choice) => (
            <Button key={choice} why={choice === "move" && !chosen ? t("rescue.nothing") : undefined} busy={answer.isPending} onClick={() => answer.mutate(choice)}>
              {t(`rescue.choice.${choice}`)}
            </Button>
          ))}
        </details>
      ) : null}
      {edit.isError ? <Failure error={edit.error} /> : null}
      {answer.isError ? <Failure error={answer.error} /> : null}
    </li>
  );

  function standing(): string {
    if (found.answer) return `${t(`rescue.answered.${found.answer}`)}${found.by_default ? ` (${t("rescue.byDefault")})` : ""}`;
    if (!found.sent_at) return t("rescue.notSent");
    const seen = found.seen_at ? t("rescue.seen", { at: instantText(found.seen_at, zone) }) : t("rescue.unseen");
    return `${seen} · ${t("rescue.until", { at: found.until ? instantText(found.until, zone) : "" })}`;
  }
}
