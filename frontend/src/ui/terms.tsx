import { useTranslation } from "react-i18next";

/** Each version of terms to accept, with whose it is. */
export interface Asked {
  terms: string;
  names: string[];
}

/** A box for each version of terms, with the things that ask for it. */
export function TermsToAccept({ asked, agreed, onAgreed }: { asked: readonly Asked[]; agreed: readonly string[]; onAgreed: (agreed: string[]) => void }) {
  const { t } = useTranslation();
  return asked.map(({ terms, names }) => (
    <label className="check" key={terms}>
      <input type="checkbox" required checked={agreed.includes(terms)} onChange={(e) => onAgreed(e.target.checked ? [...agreed, terms] : agreed.filter((one) => one !== terms))} />
      <span>
        {t("acceptTerms", { terms })} <small className="muted">{names.join(", ")}</small>
      </span>
    </label>
  ));
}
