import { useTranslation } from "react-i18next";
import { Field } from "./basics";

interface Props {
  /** The organisations that one books for; without any there is nothing to choose. */
  bodies: readonly { id: string; name: string }[];
  value: string;
  onChange: (organisation: string) => void;
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
