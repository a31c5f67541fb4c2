import { useTranslation } from "react-i18next";
import { Choice } from "./choice";
import { KINDS } from "./kinds";

interface Props {
  label: string;
  value: string | undefined;
  /** What all of them are called. */
  none: string;
  /** What is said behind a kind's name: how many of it there are. */
  many?: (kind: string) => string;
  onChange: (kind: string | undefined) => void;
}

/** One kind of resource, or all of them. */
export function KindChoice({ label, value = "", none, many = () => "", onChange }: Props) {
  const { t } = useTranslation();
  return <Choice label={label} value={value} none={none} among={KINDS.map((id) => ({ id, name: t(`kind.${id}`) + many(id) }))} onChange={(kind) => onChange(kind || undefined)} />;
}
