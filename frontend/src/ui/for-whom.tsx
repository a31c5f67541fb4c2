import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/session";
import { Field } from "./basics";

interface Props {
  /** The organisations that one books for; without any there is nothing to choose. */
  bodies: readonly { id: string; name: string }[];
  value: string;
  onChange: (organisation: string) => void;
}

/** In whose name one looks and books, until one chooses otherwise: the first organisation that one is a delegate of. What
 * is chosen on one page holds on the others, as long as the tab is open. */
export function useForWhom(): Props & { organisation: string | undefined } {
  const { session } = useSession();
  const bodies = session.organisations.filter((body) => body.is_delegate);
  const place = `ballatoio-for-${session.person?.id ?? ""}`;
  const [chosen, choose] = useState(() => window.sessionStorage.getItem(place));
  const value = chosen === "" || bodies.some((body) => body.id === chosen) ? (chosen ?? "") : (bodies[0]?.id ?? "");
  const onChange = (organisation: string) => {
    window.sessionStorage.setItem(place, organisation);
    choose(organisation);
  };
  return { bodies, value, onChange, organisation: value || undefined };
}

/** In whose name: an organisation's, or one's own (""). */
export function ForWhom({ bodies, value, onChange }: Props) {
  const { t } = useTranslation();
  if (bodies.length === 0) return null;
  return (
    <Field label={t("bookFor")}>
      {(id) => (
        <select id={id} value={value} onChange={(e) => onChange(e.target.value)}>
          {bodies.map((body) => (
            <option key={body.id} value={body.id}>
              {body.name}
            </option>
          ))}
          <option value="">{t("myself")}</option>
        </select>
      )}
    </Field>
  );
}
