import type { SearchFilters } from "../features/search/search-form";

/** What the address may say, read strictly: what does not fit is dropped, never trusted. */
/** Several things together: each `kind`, `kind~people`, `kind~people~resource` or `kind~people~~features`, these with dots. */
export interface BundleFilters {
  items?: string | undefined;
  venue?: string | undefined;
  minutes?: number | undefined;
  on?: string | undefined;
  from?: string | undefined;
  until?: string | undefined;
  people?: number | undefined;
}

type Raw = Record<string, unknown>;
export const text = (raw: Raw, name: string): string | undefined => (typeof raw[name] === "string" && raw[name] ? (raw[name] as string).slice(0, 80) : undefined);
export const whole = (raw: Raw, name: string): number | undefined => (Number.isInteger(Number(raw[name])) && Number(raw[name]) > 0 ? Number(raw[name]) : undefined);
export const day = (raw: Raw, name: string): string | undefined => (/^\d{4}-\d\d-\d\d$/.test(String(raw[name])) ? String(raw[name]) : undefined);
export const month = (raw: Raw, name: string): string | undefined => (/^\d{4}-\d\d$/.test(String(raw[name])) ? String(raw[name]) : undefined);
const time = (raw: Raw, name: string): string | undefined => (/^\d\d:\d\d$/.test(String(raw[name])) ? String(raw[name]) : undefined);

/** Where a page begins: what the one before it said. */
export const cursor = (raw: Raw): string | undefined => (typeof raw["page"] === "string" && raw["page"] ? raw["page"].slice(0, 500) : undefined);

const several = (raw: Raw, name: string, one: RegExp): string | undefined => {
  const found = String(raw[name] ?? "")
    .split(",")
    .filter((word) => one.test(word))
    .slice(0, 62);
  return found.length > 0 ? found.join(",") : undefined;
};

export const searchFilters = (raw: Raw): SearchFilters => ({
  q: text(raw, "q"),
  kind: text(raw, "kind"),
  venue: text(raw, "venue"),
  people: whole(raw, "people"),
  features: several(raw, "features", /^[-\w]{1,50}$/),
  access: several(raw, "access", /^[-\w]{1,50}$/),
  on: several(raw, "on", /^\d{4}-\d\d-\d\d$/),
  weekdays: several(raw, "weekdays", /^[1-7]$/),
  from: time(raw, "from"),
  until: time(raw, "until"),
  minutes: whole(raw, "minutes"),
  price: whole(raw, "price"),
  now: raw.now === true || raw.now === "true" || undefined,
});

export const bundleFilters = (raw: Raw): BundleFilters => ({
  items: several(raw, "items", /^[a-z_0-9]{1,16}(~\d{0,4}(~(res_\w{1,40})?(~[-\w.]{1,200})?)?)?$/),
  venue: text(raw, "venue"),
  minutes: whole(raw, "minutes"),
  on: day(raw, "on"),
  from: time(raw, "from"),
  until: time(raw, "until"),
  people: whole(raw, "people"),
});

/** A series to plan: what each date takes, and the day and hours that somebody found free. */
export const seriesFilters = (raw: Raw) => ({
  venue: text(raw, "venue"),
  items: several(raw, "items", /^res_\w{1,40}$/),
  on: day(raw, "on"),
  from: time(raw, "from"),
  until: time(raw, "until"),
  plan: text(raw, "plan"),
});
export type SeriesFilters = Partial<ReturnType<typeof seriesFilters>>;

const one = <T extends string>(raw: Raw, name: string, of: readonly T[]): T | undefined => of.find((value) => value === raw[name]);

export const APPROVAL_KINDS = ["request", "move", "hand_over"] as const;
export interface ApprovalFilters {
  venue?: string | undefined;
  kind?: (typeof APPROVAL_KINDS)[number] | undefined;
}
export const approvalFilters = (raw: Raw): ApprovalFilters => ({ venue: text(raw, "venue"), kind: one(raw, "kind", APPROVAL_KINDS) });

export const BILL_STATES = ["ready", "missing", "nothing", "billed"] as const;
export interface BillFilters {
  issuer?: string | undefined;
  month?: string | undefined;
  state?: (typeof BILL_STATES)[number] | undefined;
  q?: string | undefined;
  /** The organisation looked at closely, and since which month its statement is read. */
  body?: string | undefined;
  since?: string | undefined;
}
export const billFilters = (raw: Raw): BillFilters => ({
  issuer: text(raw, "issuer"),
  month: month(raw, "month"),
  state: one(raw, "state", BILL_STATES),
  q: text(raw, "q"),
  body: text(raw, "body"),
  since: month(raw, "since"),
});

export const plannerFilters = (raw: Raw) => ({
  venue: text(raw, "venue"),
  on: day(raw, "on"),
  kind: text(raw, "kind"),
  only: text(raw, "only"),
  view: one(raw, "view", ["day", "week", "month"]),
  as: one(raw, "as", ["list"]),
  show: one(raw, "show", ["mine", "free"]),
});

export const VIEWED = ["beneficiaries", "bookings", "customers", "debts", "deposits", "faults", "members", "passes", "people", "sponsors", "staff", "viewings"] as const;
export interface ViewingFilters {
  what?: (typeof VIEWED)[number] | undefined;
  by?: string | undefined;
  whose?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  /** Where the page begins: the cursor of the one before it. */
  page?: string | undefined;
}
export const viewingFilters = (raw: Raw): ViewingFilters => ({
  what: one(raw, "what", VIEWED),
  by: text(raw, "by"),
  whose: text(raw, "whose"),
  from: day(raw, "from"),
  to: day(raw, "to"),
  page: cursor(raw),
});

export const DEPOSITS_SHOWN = ["open", "asked", "failed", "held", "taken", "released"] as const;
export interface DepositFilters {
  venue?: string | undefined;
  state?: (typeof DEPOSITS_SHOWN)[number] | undefined;
  /** Where the page begins: the cursor of the one before it. */
  page?: string | undefined;
}
export const depositFilters = (raw: Raw): DepositFilters => ({
  venue: text(raw, "venue"),
  state: one(raw, "state", DEPOSITS_SHOWN),
  page: typeof raw["page"] === "string" && raw["page"] ? raw["page"].slice(0, 500) : undefined,
});

/** What a report shows: all of it in the address, so that a view is shared by sending it. */
export const insightView = (raw: Raw) => ({
  venue: text(raw, "venue"),
  kind: text(raw, "kind"),
  from: day(raw, "from"),
  to: day(raw, "to"),
  compare: one(raw, "compare", ["previous", "year"]),
  by: text(raw, "by"),
  saved: text(raw, "saved"),
  what: one(raw, "what", ["fees"]),
  /** Why something was wanted in vain. */
  reason: text(raw, "reason"),
  resource: text(raw, "resource"),
  key: text(raw, "key"),
  name: text(raw, "name"),
  page: cursor(raw),
  figure: text(raw, "figure"),
  weekday: whole(raw, "weekday"),
  measure: text(raw, "measure"),
  /** Booked for some of that hour, not only begun in it. */
  during: raw["during"] === true || raw["during"] === "true" ? true : undefined,
  hour: raw["hour"] === 0 || raw["hour"] === "0" ? 0 : whole(raw, "hour"),
});

/** An internal path to come back to; never another site. */
export const next = (raw: Raw): string | undefined => {
  const found = text(raw, "next");
  return found && /^\/(?![/\\])/.test(found) ? found : undefined;
};
