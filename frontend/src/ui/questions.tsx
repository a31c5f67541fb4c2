import type { Schemas } from "../api/client";
import { Field } from "./basics";

interface Props {
  questions: readonly Schemas["QuestionShape"][];
  answers: Readonly<Record<string, string>>;
  onAnswers: (answers: Record<string, string>) => void;
}

/** What a resource asks of who books it, each with its choices or in their own words. */
export function Questions({ questions, answers, onAnswers }: Props) {
  const say = (code: string, answer: string) => onAnswers({ ...answers, [code]: answer });
  return questions.map((question) => (
    <Field key={question.code} label={question.text}>
      {(id) =>
        question.choices.length > 0 ? (
          <select id={id} required={question.mandatory} value={answers[question.code] ?? ""} onChange={(e) => say(question.code, e.target.value)}>
            <option value="">—</option>
            {question.choices.map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
          </select>
        ) : (
          <input id={id} maxLength={500} required={question.mandatory} value={answers[question.code] ?? ""} onChange={(e) => say(question.code, e.target.value)} />
        )
      }
    </Field>
  ));
}
