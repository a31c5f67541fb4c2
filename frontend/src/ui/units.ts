import type { TFunction } from "i18next";
import type { Schemas } from "../api/client";
import { money } from "../kernel/money";

/** So much of a budget, in the words of its measure: "1 h 30 min", "3 days", "€ 40,00". */
export function unitsText(unit: Schemas["Measure"], units: number, t: TFunction): string {
  if (unit === "cents") return money({ cents: units, currency: "EUR" });
  if (unit !== "minutes") return unit === "days" ? t("units.days", { count: units }) : t("units.entries", { count: units });
  const rest = units % 60;
  return [units >= 60 || rest === 0 ? `${Math.floor(units / 60)} h` : "", rest > 0 ? `${rest} min` : ""].filter(Boolean).join(" ");
}

export const MEASURES = ["minutes", "days", "entries", "cents"] as const;

/** What somebody types of a measure (hours, euro) as its units. */
export function unitsOf(unit: Schemas["Measure"], typed: string): number {
  const factor = unit === "minutes" ? 60 : unit === "cents" ? 100 : 1;
  return Math.round(Number(typed) * factor);
}
