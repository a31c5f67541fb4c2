import { useTranslation } from "react-i18next";
import { Refusal, sentence, type Schemas } from "../../api/client";
import { periodText } from "../../kernel/time";

type Lost = { booking_id: string; period: Schemas["Period"]; reasons: Schemas["Reason"][] };

export function useDayText(zone: string) {
  const { t } = useTranslation();
  return (period: Schemas["Period"]) => periodText(period, zone, { today: t("today"), tomorrow: t("tomorrow") });
}

/** Nothing was done, for somebody was faster: which dates, and how they are now. */
export function LostDates({ error, zone }: { error: unknown; zone: string }) {
  const text = useDayText(zone);
  const lost = error instanceof Refusal ? ((error.problem.data.dates as Lost[] | undefined) ?? []) : [];
  return (
    <div className="failure" role="alert">
      <p>{sentence(error)}</p>
      <ul>
        {lost.map((date) => (
          <li key={date.booking_id}>
            {text(date.period)} · {date.reasons.map((reason) => reason.detail).join(" ")}
          </li>
        ))}
      </ul>
    </div>
  );
}
