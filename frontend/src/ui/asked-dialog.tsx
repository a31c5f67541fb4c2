import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, type Problem } from "../api/client";
import { Button, Dialog, Failure, Field, Loading } from "./basics";
import { Questions } from "./questions";
import { TermsToAccept } from "./terms";

export interface Said {
  people: number | null;
  accepted_terms: string[];
  answers: Record<string, string>;
}
export const NOTHING_SAID: Said = { people: null, accepted_terms: [], answers: {} };

interface Props {
  resources: readonly { id: string; name: string }[];
  people?: number | undefined;
  busy: boolean;
  onSaid: (said: Said) => void;
  onClose: () => void;
  /** What the button says. */
  submit: string;
  children?: React.ReactNode;
}

/** What a resource wants to know before it is held, as a query. */
export const askedOf = (id: string) => ({
  queryKey: ["asked-of", id],
  queryFn: async () => (await client.GET("/api/v1/resources/{resource_id}", { params: { path: { resource_id: id } } })).data ?? null,
});

const HOW_MANY = "too-few-people";
const ASKED = ["people-needed", "terms-to-accept", "question-unanswered", HOW_MANY];

/** Whether these reasons are gone once something is said. */
export const wantsSaid = (reasons: Problem["reasons"]) => reasons.length > 0 && reasons.every((reason) => ASKED.includes(reason.code));

/** Beneath a no that only wants something said: a button to say it. */
export function SayFirst({ reasons, onSaid, ...asked }: { reasons: Problem["reasons"]; onSaid: (said: Said) => void } & Pick<Props, "resources" | "people">) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const tooFew = reasons.some((reason) => reason.code === HOW_MANY);
  // How many come is said once: who has said it cannot mend it here.
  if ((tooFew && asked.people) || !wantsSaid(reasons)) return null;
  return (
    <>
      <Button onClick={() => show(true)}>{t("together.say")}</Button>
      {open ? <AskedDialog {...asked} busy={false} submit={t("together.said")} onSaid={(said) => {
            show(false);
            onSaid(said);
          }} onClose={() => show(false)} /> : null}
    </>
  );
}

/** What things want said before they are held: terms, questions, how many come; each once. */
export function AskedDialog({ resources, people, busy, onSaid, onClose, submit, children }: Props) {
  const { t } = useTranslation();
  const [said, say] = useState<Said>({ ...NOTHING_SAID, people: people ?? null });
  return (
    <Dialog title={t("together.asked")} open onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSaid(said);
        }}
      >
        <AskedFields resources={resources} counted={Boolean(people)} said={said} onChange={say} />
        {children}
        <Button type="submit" tone="main" busy={busy}>
          {submit}
        </Button>
      </form>
    </Dialog>
  );
}

interface FieldsProps {
  resources: readonly { id: string }[];
  /** How many come is asked though none of them has to know. */
  counted?: boolean;
  said: Said;
  onChange: (said: Said) => void;
}

/** The same as fields of any form. */
export function AskedFields({ resources, counted = false, said, onChange }: FieldsProps) {
  const { t } = useTranslation();
  const found = useQueries({ queries: resources.map(({ id }) => askedOf(id)) });
  const all = found.flatMap((one) => one.data ?? []);
  const failed = found.find((one) => one.isError);
  const terms = [...new Set(all.map((one) => one.terms).filter(Boolean))].map((version) => ({ terms: version, names: all.filter((one) => one.terms === version).map((one) => one.name) }));
  const questions = [...new Map(all.flatMap((one) => one.questions.map((question) => [question.code, question] as const))).values()];
  const needed = all.some((one) => one.people_needed);
  return (
    <>
      {found.some((one) => one.isPending) ? <Loading /> : null}
      {failed ? <Failure error={failed.error} retry={() => void failed.refetch()} /> : null}
      {needed || counted ? (
        <Field label={t("people")}>
          {(id) => <input id={id} type="number" min={1} inputMode="numeric" required={needed} value={said.people ?? ""} onChange={(e) => onChange({ ...said, people: Number(e.target.value) || null })} />}
        </Field>
      ) : null}
      <Questions questions={questions} answers={said.answers} onAnswers={(answers) => onChange({ ...said, answers })} />
      <TermsToAccept asked={terms} agreed={said.accepted_terms} onAgreed={(accepted_terms) => onChange({ ...said, accepted_terms })} />
    </>
  );
}
