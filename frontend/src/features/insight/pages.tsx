import { useTranslation } from "react-i18next";
import { Button } from "../../ui/basics";

/** On to the next page of a list, and back to its first; nothing where all of it is shown. */
export function Pages({ page, next, onTurn }: { page: string | undefined; next: string | null | undefined; onTurn: (page: string | undefined) => void }) {
  const { t } = useTranslation();
  return (
    <p className="toolbar">
      {page ? <Button onClick={() => onTurn(undefined)}>← {t("insight.firstPage")}</Button> : null}
      {next ? <Button onClick={() => onTurn(next)}>{t("later")} →</Button> : null}
    </p>
  );
}
