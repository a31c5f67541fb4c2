import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { money } from "../../kernel/money";
import { longDay } from "../../kernel/time";
import { Empty } from "../../ui/basics";

/** What a tariff would have made of last month's bookings: in all, and thing by thing. */
export function Effects({ found }: { found: Schemas["TariffPreview"] }) {
  const { t } = useTranslation();
  const rows = [...found.resources.map((one) => ({ id: one.resource.id, name: one.resource.name, ...one })), { id: "", name: t("tariffs.inAll"), ...found.whole }];
  return (
    <section className="panel wide" aria-live="polite" aria-labelledby="effects">
      <h3 id="effects">{t("tariffs.effects")}</h3>
      <p className="hint">
        {t("tariffs.month", { first: longDay(found.first_on), last: longDay(found.last_on) })} {t("tariffs.moved", { dearer: found.whole.dearer, cheaper: found.whole.cheaper })}
      </p>
      {found.whole.bookings === 0 ? <Empty>{t("tariffs.noBookings")}</Empty> : null}
      <div className="scroll">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">{t("resource")}</th>
              <th scope="col">{t("tariffs.bookings")}</th>
              <th scope="col">{t("tariffs.before")}</th>
              <th scope="col">{t("tariffs.after")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id} className={row.id ? "" : "total"}>
                <th scope="row">{row.name}</th>
                <td>{row.bookings}</td>
                <td>{money(row.before)}</td>
                <td>{money(row.after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
