import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { instantText } from "../../kernel/time";
import { Button, Empty, Failure, Loading } from "../../ui/basics";

/** Who was shown what of one's own data, the newest first. */
export function Viewings({ zone }: { zone: string }) {
  const { t } = useTranslation();
  const [cursor, turn] = useState<string>();
  const query = api.useQuery("get", "/api/v1/people/me/viewings", { params: { query: { limit: 20, ...(cursor ? { cursor } : {}) } } });
  const it = query.data;
  return (
    <section aria-labelledby="viewings">
      <h2 id="viewings">{t("viewings.mine")}</h2>
      <p className="muted">{t("viewings.mineHint")}</p>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {it?.data.length === 0 ? <Empty>{t("viewings.nobody")}</Empty> : null}
      <ul className="rows">
        {it?.data.map((row) => (
          <li key={row.id}>
            <strong>{row.by.name}</strong>
            <span>{row.partner?.name ?? t("viewings.house")}</span>
            <span>{t(`viewings.whats.${row.what}`)}</span>
            <span className="muted">{instantText(row.at, zone)}</span>
          </li>
        ))}
      </ul>
      {cursor ? <Button onClick={() => turn(undefined)}>← {t("viewings.newest")}</Button> : null} {it?.next_cursor ? <Button onClick={() => turn(it.next_cursor ?? undefined)}>{t("viewings.older")} →</Button> : null}
    </section>
  );
}
