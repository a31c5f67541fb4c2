import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { bodyOf, creditOf } from "./draft";

test("a credit note treats the stamp duty as its invoice did", () => {
  const paper = { id: "doc_1", number: "FT-1", issuer: { id: "iss_1" }, customer_id: "per_1", customer: "Ada" } as Schemas["Document"];
  const written = { with_vat: false, lines: [], stamp: "borne", rates: [], asked: null, reasons: [], fund: null, withholding: null, actions: {} } as Schemas["DocumentAsWritten"];
  for (const stamp of ["borne", "recharged", "none"] as const) {
    expect(bodyOf(creditOf(paper, { ...written, stamp })).stamp).toBe(stamp);
  }
});
