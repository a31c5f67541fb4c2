import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Refusal } from "../../api/client";
import type { Draft } from "./draft";

interface Kept {
  draft: Draft;
  /** Under which it is issued, once. */
  key: string;
}

const anew = (draft: Draft): Kept => ({ draft, key: crypto.randomUUID() });
const isOf = (draft: Draft, corrects: string | undefined) => (corrects ? draft.kind === "credit_note" && draft.corrects?.id === corrects : !draft.corrects);

/** What is being written and its key, both kept while the page is left: what was issued and got no answer is asked
 * again under the same key, which issues it no second time. */
export function useKept(corrects: string | undefined, blank: Draft) {
  const queries = useQueryClient();
  const place = ["document-draft", corrects ?? ""];
  const [kept, hold] = useState(() => {
    const found = queries.getQueryData<Kept>(place);
    return found && isOf(found.draft, corrects) ? found : anew(blank);
  });
  const now = useRef(kept); // what is told when an answer has come is told of what was written meanwhile too
  const keep = (next: Kept) => {
    now.current = next;
    hold(next);
    queries.setQueryDefaults(place, { gcTime: Number.POSITIVE_INFINITY });
    queries.setQueryData(place, next);
  };
  return {
    ...kept,
    write: (change: Partial<Draft>) => keep({ ...now.current, draft: { ...now.current.draft, ...change } }),
    /** Before it is sent: its key must be known to whoever comes back. */
    keep: () => keep(now.current),
    /** It is another document from now on; what was written meanwhile stays. */
    renew: () => keep(anew(now.current.draft)),
    forget: () => queries.removeQueries({ queryKey: place, exact: true }),
  };
}

/** Whether that key has issued something else already. */
export const isReused = (error: unknown): boolean => error instanceof Refusal && error.problem.code === "idempotency-key-reused";
