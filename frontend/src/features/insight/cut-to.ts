import { addMonths } from "../../kernel/time";
import type { Cut } from "./figure-cells";

interface CutTo {
  on_from: string;
  on_to: string;
  resource_id?: string[];
  kind?: "desk"[];
  venue_id?: string;
  partner_id?: string;
  weekday?: number;
  hour?: number;
}

/** What a row of the figures narrows a report to: its things, or its part of the days. */
export function cutTo(days: { from: string; to: string }, by: Cut | undefined, key: string): CutTo {
  const all = { on_from: days.from, on_to: days.to };
  switch (by) {
    case "resource":
      return { ...all, resource_id: [key] };
    case "kind":
      return { ...all, kind: [key as "desk"] };
    case "venue":
      return { ...all, venue_id: key };
    case "partner":
      return { ...all, partner_id: key };
    case "weekday":
      return { ...all, weekday: Number(key) };
    case "hour":
      return { ...all, hour: Number(key) };
    case "month": {
      const first = `${key}-01`;
      const end = addMonths(first, 1);
      return { on_from: first > days.from ? first : days.from, on_to: end < days.to ? end : days.to };
    }
    default:
      return all;
  }
}
