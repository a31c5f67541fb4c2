/** Money is shown, never computed: this file has no plus sign on purpose. */
export interface Money {
  cents: number;
  currency: string;
}

let locale = "it-IT";
export function speak(language: string): void {
  locale = language === "en" ? "en-GB" : "it-IT";
}

export function money(amount: Money): string {
  return (amount.cents / 100).toLocaleString(locale, {
    style: "currency",
    currency: amount.currency,
    useGrouping: "always" as never,
  });
}

/** A ratio as a percentage, with both its numbers always at hand for whoever shows it. */
export function percent(numerator: number, denominator: number): string {
  if (denominator === 0) return "–";
  return (numerator / denominator).toLocaleString(locale, { style: "percent", maximumFractionDigits: 1 });
}
