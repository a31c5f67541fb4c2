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

/** Cents as a field of euros shows them. */
export const inEuros = (amount: number): number => amount / 100;

/** A VAT rate ("22.00") as people write it: "22%". */
export function rateText(rate: string): string {
  return (Number(rate) / 100).toLocaleString(locale, { style: "percent", maximumFractionDigits: 2 });
}

/** A ratio as a percentage, with both its numbers always at hand for whoever shows it. */
export function percent(numerator: number, denominator: number): string {
  if (denominator === 0) return "–";
  return (numerator / denominator).toLocaleString(locale, { style: "percent", maximumFractionDigits: 1 });
}

/** An amount as people type it ("1.234,56", "12.5") in cents; not a number if it is none. */
export function cents(text: string): number {
  const plain = text.includes(",") ? text.replaceAll(".", "").replace(",", ".") : text;
  return Math.round(Number(plain.trim() || "x") * 100);
}

/** Cents as somebody would write them. */
export function written(whole: number): string {
  return (whole / 100).toLocaleString(locale, { minimumFractionDigits: 2, useGrouping: false });
}
