import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { Button, heir } from "../../ui/basics";

export type Told = { text: string };
export type Tell = (text: string) => Promise<void>;

/** What was done last, and how it is told: once everything shows what is now. */
export function useTold(): [Told | undefined, Tell] {
  const queries = useQueryClient();
  const [told, say] = useState<Told>();
  return [
    told,
    async (text) => {
      await queries.invalidateQueries();
      say({ text });
    },
  ];
}

/** It is read out, and has the focus where the row that had it is gone: once for each act, never because something was
 * asked for again. */
export function Status({ told }: { told: Told | undefined }) {
  const ref = useRef<HTMLParagraphElement>(null);
  const handed = useRef<Told>(undefined);
  const fetching = useIsFetching();
  useEffect(() => {
    if (!told || fetching || handed.current === told) return;
    handed.current = told;
    heir(ref.current);
  }, [told, fetching]);
  return (
    <p role="status" tabIndex={-1} ref={ref} className={told ? "note told" : "visually-hidden"}>
      {told?.text}
    </p>
  );
}

/** It says of what it is, and why it cannot be. */
export function Undo({ of, busy, onClick }: { of: Schemas["MatchShape"]; busy: boolean; onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <Button busy={busy} why={of.actions["undo"]?.reasons[0]?.detail} onClick={onClick}>
      {t("books.undo", { name: of.name })}
    </Button>
  );
}
