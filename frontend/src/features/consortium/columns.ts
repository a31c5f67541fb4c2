/** The columns that a partner's balance is the sum of, in the order of the paper. */
export const COLUMNS = ["takings", "late", "vat_to_pay", "collected", "to_collect", "costs_paid", "costs", "mandate_fee", "fees_paid", "fees", "disputes_borne", "disputes", "advances", "adjustments", "vat_between"] as const;

export const STATES = { draft: "✎", shared: "◷", closed: "✓" } as const;
