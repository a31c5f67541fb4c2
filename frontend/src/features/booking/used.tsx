import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { hours } from "../../kernel/time";

/** The time that was used, where that is what is charged, and what it costs instead of what was asked. */
export function Used({ used, zone }: { used: Schemas["BookingUse"]; zone: string }) {
  const { t } = useTranslation();
  const said = { hours: hours(used.period, zone), price: money(used.price), agreed: money(used.agreed) };
  const more = used.price.cents - used.agreed.cents;
  return <p>{t(more > 0 ? "used.more" : more < 0 ? "used.less" : "used.same", said)}</p>;
}
