import { useCallback, type RefCallback } from "react";
import type { Schemas } from "../../api/client";

type Booking = Schemas["Booking"];

/** Whether a name, a code or a place that somebody says is this booking's. */
export function meant(booking: Booking, said: string): boolean {
  const words = said.trim().toLowerCase();
  if (!words) return true;
  const told = [booking.code, booking.person?.name, booking.organisation?.name, booking.title, ...booking.items.map((item) => item.resource.name)];
  return told.some((text) => text?.toLowerCase().includes(words));
}

const FIRST: Readonly<Record<string, number>> = { i: 0 };

/** Inside: arrows go from row to row; on a row a letter presses one of its buttons, `i` the first unless told otherwise. */
export function useRowKeys(keys: Readonly<Record<string, number>> = FIRST): RefCallback<HTMLElement> {
  return useCallback(
    (board: HTMLElement | null) => {
      if (!board) return undefined;
      const onKey = (event: KeyboardEvent) => {
        const target = event.target as HTMLElement;
        if (["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) return;
        const rows = [...board.querySelectorAll<HTMLElement>("li[tabindex]")];
        const at = rows.findIndex((row) => row.contains(target));
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) {
          event.preventDefault();
          rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
        }
        const button = keys[event.key];
        if (button === undefined || at < 0 || target.closest("dialog")) return;
        event.preventDefault(); // the letter is no part of what the dialog asks for
        rows[at]?.querySelectorAll<HTMLElement>(".with-why > button")[button]?.click();
      };
      board.addEventListener("keydown", onKey);
      return () => board.removeEventListener("keydown", onKey);
    },
    [keys],
  );
}
