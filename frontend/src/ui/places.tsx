import { Link } from "@tanstack/react-router";
import { useEffect, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./basics";
import { FISCAL } from "./identity-form";

// What the pages of a customer and of an issuer have a field for.
const ELSEWHERE: Record<string, readonly string[]> = { customer: FISCAL, issuer: [...FISCAL, "regime", "iban", "rea", "capital"] };

// What may be mended of a document that was refused: its words and natura, and no amount.
const OF_A_DOCUMENT = /^\/(lines\/\d+\/(description|unit|first_on|last_on|legal_text|natura)|fund\/natura|split|asked\/\w+|reasons\/0)$/;

/** A missing field of the payer or the issuer ("payer-vat-number") as the place that mends it. */
export function placeOf(code: string): string {
  const [whose = "", ...words] = code.split("-");
  return `/${whose === "payer" ? "customer" : whose}/${words.join("_")}`;
}

/** The field of that name on this page, or the one that it is a part of: a discount's percentage is in the discounts. */
function found(place: string): HTMLElement | undefined {
  const fields = [...document.querySelectorAll<HTMLElement>("[data-place]")];
  for (let at = place; at; at = at.slice(0, at.lastIndexOf("/"))) {
    const field = fields.find((one) => one.dataset["place"]?.split(" ").includes(at));
    if (field) return field;
  }
  return undefined;
}

/** Fields come and go with what is chosen and loaded: whoever asks is told. */
function watch(tell: () => void): () => void {
  const eye = new MutationObserver(tell);
  eye.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-place"] });
  return () => eye.disconnect();
}

/** The cursor is in the field of that name; what is folded around it is unfolded first. */
function goTo(place: string): void {
  const field = found(place);
  for (let around = field?.closest("details"); around; around = around.parentElement?.closest("details")) around.open = true;
  field?.focus();
  field?.scrollIntoView({ block: "center" });
}

/** On a page that somebody was led to for one field, that field; once, when it is there. */
export function useLedTo(place: string | undefined, ready: boolean): void {
  useEffect(() => {
    if (place && ready) goTo(place);
  }, [place, ready]);
}

interface Props {
  place: string;
  issuer: string | null | undefined;
  customer: string | null | undefined;
  /** The document that waits for it. */
  paper?: string | undefined;
  /** Whose fields are on this page: `customer`, `lines`, … */
  here?: (whose: string) => boolean;
}

/** From a fault to the field that mends it, here or on another page; nothing where there is none to go to. */
export function ToPlace({ place, issuer, customer, paper, here = () => false }: Props) {
  const { t } = useTranslation();
  const [, whose = "", field = ""] = place.split("/");
  if (!whose) return null;
  if (here(whose)) return <Here place={place} />;
  if (paper && OF_A_DOCUMENT.test(place))
    return (
      <Link to="/manage/documents/$id/mend" params={{ id: paper }} search={{ field: place }}>
        {t("issue.toLines")}
      </Link>
    );
  if (!ELSEWHERE[whose]?.includes(field)) return null;
  if (whose === "customer" && customer)
    return (
      <Link to="/manage/customers/$id" params={{ id: customer }} search={{ field, paper }}>
        {t("issue.toCustomer")}
      </Link>
    );
  if (whose === "issuer" && issuer)
    return (
      <Link to="/manage/books" search={{ view: "issuer", issuer, field }}>
        {t("issue.toIssuer")}
      </Link>
    );
  return null;
}

function Here({ place }: { place: string }) {
  const { t } = useTranslation();
  const there = useSyncExternalStore(watch, () => found(place) !== undefined);
  return there ? <Button onClick={() => goTo(place)}>{t("issue.goThere")}</Button> : null;
}
