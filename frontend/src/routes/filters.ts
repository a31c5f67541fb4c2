/** What the address may say, read strictly: what does not fit is dropped, never trusted. */
export interface SearchFilters {
  q?: string | undefined;
  kind?: string | undefined;
  venue?: string | undefined;
  people?: number | undefined;
  features?: string | undefined;
  on?: string | undefined;
  from?: string | undefined;
  minutes?: number | undefined;
}

type Raw = Record<string, unknown>;
export const text = (raw: Raw, name: string): string | undefined => (typeof raw[name] === "string" && raw[name] ? (raw[name] as string).slice(0, 80) : undefined);
export const whole = (raw: Raw, name: string): number | undefined => (Number.isInteger(Number(raw[name])) && Number(raw[name]) > 0 ? Number(raw[name]) : undefined);
export const day = (raw: Raw, name: string): string | undefined => (/^\d{4}-\d\d-\d\d$/.test(String(raw[name])) ? String(raw[name]) : undefined);
export const month = (raw: Raw, name: string): string | undefined => (/^\d{4}-\d\d$/.test(String(raw[name])) ? String(raw[name]) : undefined);
export const time = (raw: Raw, name: string): string | undefined => (/^\d\d:\d\d$/.test(String(raw[name])) ? String(raw[name]) : undefined);

export const searchFilters = (raw: Raw): SearchFilters => ({
  q: text(raw, "q"),
  kind: text(raw, "kind"),
  venue: text(raw, "venue"),
  people: whole(raw, "people"),
  features: text(raw, "features"),
  on: day(raw, "on"),
  from: time(raw, "from"),
  minutes: whole(raw, "minutes"),
});

const one = <T extends string>(raw: Raw, name: string, of: readonly T[]): T | undefined => of.find((value) => value === raw[name]);

export const plannerFilters = (raw: Raw) => ({
  venue: text(raw, "venue"),
  on: day(raw, "on"),
  kind: text(raw, "kind"),
  only: text(raw, "only"),
  view: one(raw, "view", ["day", "week", "month"]),
  as: one(raw, "as", ["list"]),
  show: one(raw, "show", ["mine", "free"]),
});

/** An internal path to come back to; never another site. */
export const next = (raw: Raw): string | undefined => {
  const found = text(raw, "next");
  return found && /^\/(?![/\\])/.test(found) ? found : undefined;
};
