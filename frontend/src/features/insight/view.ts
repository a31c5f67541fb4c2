import { useOwnVenues, useSession } from "../../api/session";
import { addMonths, firstOfMonth, today } from "../../kernel/time";

/** What the figures are narrowed to, as the address says it. */
export interface View {
  venue?: string | undefined;
  kind?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  compare?: "previous" | "year" | undefined;
  by?: string | undefined;
  /** What the map of the week shows. */
  measure?: string | undefined;
  /** What was wanted in vain for this reason alone. */
  reason?: string | undefined;
  /** A view by name, of which all else is said. */
  saved?: string | undefined;
}

/** The days that a view means: those it says, else the last three months to the end of this one. */
export function daysOf(view: View): { from: string; to: string } {
  const base = firstOfMonth(today("Europe/Rome"));
  return { from: view.from ?? addMonths(base, -3), to: view.to ?? addMonths(base, 1) };
}

/** The venues whose figures one's offices may read: their own first, then those of who runs venues together with them. */
export function useReportedVenues() {
  const { roles, venues } = useSession().session;
  const own = useOwnVenues("manager", "accountant");
  const together = new Set(roles.map((role) => (role.kind === "staff" ? null : role.consortium_id)).filter(Boolean));
  return [...own, ...venues.filter((venue) => !own.includes(venue) && together.has(venue.consortium_id))];
}
