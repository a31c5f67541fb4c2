import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../api/client";
import { Button, Dialog, Failure, Field, Loading } from "./basics";
import { Questions } from "./questions";

export interface Said {
  people: number | null;
  accepted_terms: string[];
  answers: Record<string, string>;
}

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

/** What things want said before they are held: terms, questions, how many come; each once. */
export function AskedDialog({ resources, people, busy, onSaid, onClose, submit, children }: Props) {
  const { t } = useTranslation();
  const found = useQueries({
    queries: resources.map(({ id }) => askedOf(id)),
  });
  const [many, setMany] = useState(people ? String(people) : "");
  const [agreed, agree] = useState<string[]>([]);
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const all = found.flatMap((one) => one.data ?? []);
  const failed = found.find((one) => one.isError);
  const terms = [...new Map(all.filter((one) => one.terms).map((one) => [one.terms, all.filter((other) => other.terms === one.terms).map((other) => other.name)])).entries()];
  const questions = [...new Map(all.flatMap((one) => one.questions.map((question) => [question.code, question] as const))).values()];
  const counted = all.some((one) => one.people_needed);
  return (
    <Dialog title={t("together.asked")} open onClose={onClose}>
      {found.some((one) => one.isPending) ? <Loading /> : null}
      {failed ? <Failure error={failed.error} retry={() => void failed.refetch()} /> : null}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSaid({ people: many ? Number(many) : null, accepted_terms: agreed, answers });
        }}
      >
        {counted || people ? <Field label={t("people")}>{(id) => <input id={id} type="number" min={1} inputMode="numeric" required={counted} value={many} onChange={(e) => setMany(e.target.value)} />}</Field> : null}
        <Questions questions={questions} answers={answers} onAnswers={setAnswers} />
        {terms.map(([version, names]) => (
          <label className="check" key={version}>
            <input type="checkbox" required checked={agreed.includes(version)} onChange={(e) => agree(e.target.checked ? [...agreed, version] : agreed.filter((one) => one !== version))} />
            <span>
              {t("acceptTerms", { terms: version })} <small className="muted">{names.join(", ")}</small>
            </span>
          </label>
        ))}
        {children}
        <Button type="submit" tone="main" busy={busy}>
          {submit}
        </Button>
      </form>
    </Dialog>
  );
}
