import { useTranslation } from "react-i18next";
import { otherZone } from "../kernel/time";

/** Said only where the reader's own clock shows another time than the venue's. */
export function ZoneNote({ zone }: { zone: string }) {
  const { t } = useTranslation();
  const own = otherZone(zone);
  return own ? <p className="note">{t("zoneNote", { zone, own })}</p> : null;
}
