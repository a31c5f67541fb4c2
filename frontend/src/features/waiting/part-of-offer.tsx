import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { clock, endClock, type Period } from "../../kernel/time";
import { Failure, Loading } from "../../ui/basics";
import { Choice } from "../../ui/choice";

interface Props {
  place: string;
  whole: Period;
  /** What is chosen; the whole offer is null. */
  part: Period | null;
  zone: string;
  onPart: (part: Period | null) => void;
}

/** An offer may be more than one wants: any part of it that the server says can be had. */
export function PartOfOffer({ place, whole, part, zone, onPart }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const parts = api.useQuery("get", "/api/v1/waiting-list/{waiting_id}/parts", { params: { path: { waiting_id: place } } }, { enabled: open });
  const chosen = part ?? whole;
  const starts = parts.data?.data ?? [];
  const ends = starts.find((one) => one.start === chosen.start)?.ends ?? [];
  const take = (start: string, end: string) => onPart(start === whole.start && end === whole.end ? null : { start, end });
  const begin = (start: string) => {
    const possible = starts.find((one) => one.start === start)?.ends ?? [];
    const end = possible.includes(chosen.end) ? chosen.end : possible.at(-1);
    if (end) take(start, end);
  };
  return (
    <details className="more wide" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("waiting.part")}</summary>
      {parts.isError ? <Failure error={parts.error} retry={() => void parts.refetch()} /> : null}
      {open && parts.isPending ? <Loading /> : null}
      {parts.data && starts.length < 2 && ends.length < 2 ? <p className="muted">{t("waiting.onlyWhole")}</p> : null}
      {starts.length > 1 || ends.length > 1 ? (
        <>
          <div className="pair">
            <Choice label={t("from")} value={chosen.start} among={starts.map(({ start }) => ({ id: start, name: clock(start, zone) }))} onChange={begin} />
            <Choice label={t("to")} value={chosen.end} among={ends.map((end) => ({ id: end, name: endClock(end, zone) }))} onChange={(end) => take(chosen.start, end)} />
          </div>
          <p className="muted">{t("waiting.rest")}</p>
        </>
      ) : null}
    </details>
  );
}
