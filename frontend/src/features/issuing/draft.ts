import type { Schemas } from "../../api/client";
import type { Natura } from "../../kernel/natures";

type Body = Schemas["NewDocumentRequest"];
export type Kind = Schemas["DocumentKind"];
export type PaperKind = Schemas["Preliminary"]["kind"];

export interface LineDraft {
  description: string;
  quantity: string;
  unit: string;
  price: string;
  discount: string;
  discountBy: "percent" | "amount";
  /** A percentage, or 0 with its natura. */
  rate: string;
  natura: Natura | "";
  law: string;
  withheld: boolean;
  from: string;
  to: string;
}

/** What somebody is writing: kept while the page is left to mend something, forgotten when another signs in. */
export interface Draft {
  issuer: string;
  customer: { id: string; name: string } | null;
  kind: Kind;
  /** What is written instead of issuing it: a paper that says what it would be. */
  paper: PaperKind | "";
  validUntil: string;
  type: string;
  corrects: { id: string; name: string } | null;
  /** What it goes on from and takes nothing back of. */
  related: readonly { id: string; name: string }[];
  /** Another issuer, who issues it in this one's name; empty: itself. */
  issuedBy: string;
  /** Of which activity it is; empty: institutional of a receipt, commercial of an invoice. */
  activity: NonNullable<Body["activity"]> | "";
  /** In which of the issuer's series it is numbered; empty: as usual. */
  series: string;
  withVat: boolean;
  lines: LineDraft[];
  stamp: NonNullable<Body["stamp"]>;
  split: boolean;
  method: NonNullable<Body["method"]> | "";
  due: string;
  /** The day of what it is for; empty: today. */
  operation: string;
  /** Why it is issued long after that. */
  late: string;
  reason: string;
  order: string;
  cig: string;
  cup: string;
  /** Percentages; empty: none. */
  withholding: string;
  withholdingKind: string;
  withholdingReason: string;
  fund: string;
  fundKind: string;
}

export const LINE: LineDraft = { description: "", quantity: "1", unit: "", price: "", discount: "", discountBy: "percent", rate: "22", natura: "", law: "", withheld: false, from: "", to: "" };
export const BLANK: Draft = {
  issuer: "", customer: null, kind: "invoice", paper: "", validUntil: "", type: "TD01", corrects: null, related: [], issuedBy: "", activity: "", series: "", withVat: false, lines: [LINE], stamp: "recharged", split: false, method: "transfer", due: "", operation: "", late: "", reason: "",
  order: "", cig: "", cup: "", withholding: "", withholdingKind: "RT01", withholdingReason: "A", fund: "", fundKind: "TC22",
};

export const TYPES: Record<Kind, readonly string[]> = { invoice: ["TD01", "TD02", "TD03", "TD05", "TD06", "TD24"], credit_note: ["TD04"], receipt: [] };
export const RATES = ["22", "10", "5", "4"];
export const ON_A_RECEIPT: readonly Natura[] = ["N1", "N2.1", "N2.2", "N4"];
/** The laws that are usually named, as they stand on an Italian document in any language. */
export const LAWS: Partial<Record<Natura, readonly string[]>> = {
  N1: ["Escluso art. 15 DPR 633/72"],
  "N2.1": ["Inversione contabile art. 7-ter DPR 633/72", "Operazione non soggetta art. 7-ter DPR 633/72"],
  "N2.2": ["Art. 1 c. 54-89 L. 190/2014", "Fuori campo IVA art. 4 DPR 633/72", "Art. 86 D.Lgs. 117/2017"],
  "N3.5": ["Non imponibile art. 8 c. 1 lett. c DPR 633/72"],
  N4: ["Esente art. 10 c. 1 n. 8 DPR 633/72", "Esente art. 10 c. 1 n. 20 DPR 633/72"],
};
/** The funds of the professions that a centre meets: all others are chosen by their code. */
export const FUNDS = Array.from({ length: 22 }, (_, n) => `TC${String(n + 1).padStart(2, "0")}`);
export const WITHHOLDINGS = ["RT01", "RT02", "RT03", "RT04", "RT05", "RT06"] as const;

const plain = (text: string): string => (text ? String(Number(text)) : "");

/** The credit note of a document, all of it: whoever writes it takes away what is not given back. */
export function creditOf(paper: Schemas["Document"], written: Schemas["DocumentAsWritten"]): Draft {
  return {
    ...BLANK,
    kind: "credit_note",
    type: "TD04",
    issuer: paper.issuer.id,
    customer: paper.customer_id ? { id: paper.customer_id, name: paper.customer } : null,
    corrects: { id: paper.id, name: paper.number },
    withVat: written.with_vat,
    stamp: written.stamp,
    lines: written.lines.map((line) => ({
      ...LINE,
      description: line.description,
      quantity: plain(line.quantity),
      unit: line.unit,
      price: plain(line.unit_price),
      discount: plain(line.discounts[0]?.percent ?? line.discounts[0]?.amount ?? ""),
      discountBy: line.discounts[0]?.amount ? "amount" : "percent",
      rate: plain(line.rate),
      natura: line.natura as Natura | "",
      law: line.legal_text,
      withheld: line.withheld,
      from: line.first_on ?? "",
      to: line.last_on ?? "",
    })),
    withholding: plain(written.withholding?.percent ?? ""),
    withholdingKind: written.withholding?.kind ?? BLANK.withholdingKind,
    withholdingReason: written.withholding?.reason ?? BLANK.withholdingReason,
    fund: plain(written.fund?.percent ?? ""),
    fundKind: written.fund?.kind ?? BLANK.fundKind,
  };
}

/** What is still to be written before the figures can be asked for; empty: they can. */
export function lacking(draft: Draft): "issuer" | "customer" | "line" | "" {
  if (!draft.issuer) return "issuer";
  if (!draft.customer) return "customer";
  return draft.lines.every((line) => line.description.trim() && line.quantity && line.price && line.rate) ? "" : "line";
}

/** The draft as the API takes it; nothing in it is reckoned here. */
export function bodyOf(draft: Draft): Body {
  const who = draft.customer?.id ?? "";
  const own = draft.kind === "receipt" ? "" : draft.order;
  const first = draft.lines[0] ?? LINE;
  const professional = draft.kind !== "receipt" && !draft.withVat;
  return {
    issuer_id: draft.issuer,
    ...(who.startsWith("org_") ? { organisation_id: who } : { person_id: who }),
    kind: draft.kind,
    type: TYPES[draft.kind].includes(draft.type) ? draft.type : "",
    with_vat: draft.withVat,
    lines: draft.lines.map((line) => ({
      description: line.description.trim(),
      quantity: line.quantity,
      unit: line.unit.trim(),
      unit_price: line.price,
      discounts: line.discount ? [{ [line.discountBy]: line.discount }] : [],
      rate: line.natura ? "0" : line.rate,
      natura: line.natura,
      legal_text: line.law.trim(),
      withheld: line.withheld && Boolean(draft.withholding),
      first_on: line.from || null,
      last_on: line.to || null,
    })),
    stamp: draft.stamp,
    split: draft.split && draft.kind !== "receipt",
    method: draft.method || null,
    due_on: draft.due || null,
    ...(draft.paper ? {} : { operation_on: draft.operation || null, late: draft.operation ? draft.late.trim() : "" }),
    reasons: draft.reason.trim() ? [draft.reason.trim()] : [],
    asked: own || ((draft.cig || draft.cup) && draft.kind !== "receipt") ? { id: own, cig: draft.cig, cup: draft.cup } : null,
    withholding: professional && draft.withholding ? { kind: draft.withholdingKind, percent: draft.withholding, reason: draft.withholdingReason } : null,
    fund: professional && draft.fund ? { kind: draft.fundKind, percent: draft.fund, rate: first.natura ? "0" : first.rate, natura: first.natura, legal_text: first.law.trim(), withheld: draft.fundKind === "TC22" && Boolean(draft.withholding) } : null,
    corrects_id: draft.kind === "credit_note" ? (draft.corrects?.id ?? null) : null,
    related_ids: draft.kind === "receipt" ? [] : draft.related.map((one) => one.id),
    issued_by_id: draft.issuedBy && draft.issuedBy !== draft.issuer ? draft.issuedBy : null,
    series_id: draft.series || null,
    activity: (draft.kind !== "credit_note" && draft.activity) || null,
  };
}
