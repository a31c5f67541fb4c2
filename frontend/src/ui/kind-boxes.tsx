import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { KINDS } from "./kinds";

type Kind = Schemas["ResourceKind"];

/** Any number of kinds of resource; none is all of them. */
export function KindBoxes({ legend, chosen, onChange }: { legend: string; chosen: readonly Kind[]; onChange: (kinds: Kind[]) => void }) {
  const { t } = useTranslation();
  return (
    <fieldset className="boxes">
      <legend>{legend}</legend>
      {KINDS.map((kind) => (
        <label key={kind}>
          <input type="checkbox" checked={chosen.includes(kind)} onChange={(e) => onChange(e.target.checked ? [...chosen, kind] : chosen.filter((one) => one !== kind))} /> {t(`kind.${kind}`)}
        </label>
      ))}
    </fieldset>
  );
}
