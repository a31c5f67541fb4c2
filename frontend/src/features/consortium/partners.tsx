import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { Button, Failure, Loading } from "../../ui/basics";

/** One's own partner in detail (the lead: all), the others by name. */
export function Partners() {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/partners", { params: { query: {} } });
  return (
    <section aria-labelledby="partners">
      <h2 id="partners">{t("cons.partners")}</h2>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      <div className="cards">
        {query.data?.data.map((partner) => (
          <article className="card" key={partner.id}>
            {partner.detail?.issuing?.logo ? <img className="logo" alt="" height={40} src={`data:image/svg+xml,${encodeURIComponent(partner.detail.issuing.logo)}`} /> : null}
            <h3>
              {partner.name} {partner.is_lead ? <span className="badge">{t("cons.lead")}</span> : null}
            </h3>
            {partner.detail ? <Detail detail={partner.detail} /> : <p className="muted">{t("cons.closed")}</p>}
          </article>
        ))}
      </div>
    </section>
  );
}

function Detail({ detail }: { detail: Schemas["PartnerDetail"] }) {
  const { t } = useTranslation();
  const it = detail.identity;
  return (
    <>
      <p>
        {it.name}
        <br />
        <small className="muted">
          {[it.vat_number && `${t("fiscal.vat_number")} ${it.vat_number}`, it.street, [it.postcode, it.city, it.province].filter(Boolean).join(" ")].filter(Boolean).join(" · ")}
        </small>
      </p>
      {detail.issuing?.iban ? (
        <p>
          <small>IBAN {detail.issuing.iban}</small>
        </p>
      ) : null}
      {detail.places.length > 0 ? (
        <details className="listed">
          <summary>{t("cons.brings", { count: detail.places.length })}</summary>
          <ul className="reasons">
            {detail.places.map((place) => (
              <li key={place.id}>
                {place.name} <span className="muted">{t(`cons.how.${place.how}`)}</span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      {detail.groups.map((group) => (
        <Group key={group.id} group={group} />
      ))}
      {detail.staff.length > 0 ? (
        <details className="listed">
          <summary>{t("cons.staff", { count: detail.staff.length })}</summary>
          <ul className="reasons">
            {detail.staff.map((person) => (
              <li key={person.id + person.role}>
                {person.name} <span className="muted">{t(`cons.role.${person.role}`)}</span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </>
  );
}

/** How many are in a group; who, is asked for when it is opened, for every look at names is written down. */
function Group({ group }: { group: Schemas["PartnerGroup"] }) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const [cursor, turn] = useState<string>();
  const query = api.useQuery("get", "/api/v1/groups/{group_id}/members", { params: { path: { group_id: group.id }, query: cursor ? { cursor } : {} } }, { enabled: open && group.members > 0 });
  return (
    <details className="listed" onToggle={(e) => show(e.currentTarget.open)}>
      <summary>{t("cons.members", { group: group.name, count: group.members })}</summary>
      {open && group.members > 0 && query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null}
      {group.members === 0 ? <p className="muted">{t("cons.nobody")}</p> : null}
      <ul className="reasons">
        {query.data?.data.map((one) => (
          <li key={one.id}>
            {one.name} {one.kind === "organisation" ? <span className="muted">{t("cons.body")}</span> : null}
          </li>
        ))}
      </ul>
      {query.data?.next_cursor ? <Button onClick={() => turn(query.data.next_cursor ?? undefined)}>{t("later")} →</Button> : null}
    </details>
  );
}
