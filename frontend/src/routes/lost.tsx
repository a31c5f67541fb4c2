import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Failure, Title } from "../ui/basics";

export function Lost() {
  const { t } = useTranslation();
  return (
    <>
      <Title>{t("lost")}</Title>
      <Link to="/">{t("nav.search")}</Link>
    </>
  );
}

export function Broken({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <>
      <Title>{t("broken")}</Title>
      <Failure error={error} retry={() => window.location.reload()} />
    </>
  );
}
