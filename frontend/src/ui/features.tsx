import { useTranslation } from "react-i18next";

const FEATURES = ["projector", "whiteboard", "kitchen", "sound"] as const;
const ACCESS = ["step-free", "accessible-toilet", "hearing-loop"] as const;
type Feature = (typeof FEATURES | typeof ACCESS)[number];

interface Props {
  of: "features" | "access";
  chosen: readonly string[];
  /** What is said after each, if anything: how many have it. */
  many?: (feature: Feature) => string;
  onChange: (chosen: string[]) => void;
}

/** What a resource has, or for whom it can be used: any of these, or none. */
export function FeatureBoxes({ of, chosen, many, onChange }: Props) {
  const { t } = useTranslation();
  const all: readonly Feature[] = of === "features" ? FEATURES : ACCESS;
  return (
    <fieldset className="boxes">
      <legend>{t(`search.${of}`)}</legend>
      {all.map((feature) => (
        <label key={feature}>
          <input type="checkbox" checked={chosen.includes(feature)} onChange={(e) => onChange(e.target.checked ? [...chosen, feature].sort() : chosen.filter((one) => one !== feature))} /> {t(`feature.${feature}`)}
          {many?.(feature)}
        </label>
      ))}
    </fieldset>
  );
}
