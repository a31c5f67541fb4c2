import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/session";
import { BodyDetails, MyDetails } from "../features/account/billing-details";
import { Title } from "../ui/basics";

/** To whom documents are made out: oneself, and the organisations that one is a delegate of. */
export default function Details() {
  const { t } = useTranslation();
  const { session } = useSession();
  const { of } = useSearch({ strict: false }) as { of?: string };
  const bodies = session.organisations.filter((body) => body.is_delegate);
  return (
    <>
      <p>
        <Link to="/me">← {t("nav.me")}</Link>
      </p>
      <Title>{t("details.title")}</Title>
      <p className="muted">{t("details.what")}</p>
      {bodies.length > 0 ? (
        <nav className="tabs" aria-label={t("details.whose")}>
          <Link to="/me/details" search={{}} aria-current={of ? undefined : "page"} activeOptions={{ exact: true, includeSearch: true }}>
            {session.person?.name}
          </Link>
          {bodies.map((body) => (
            <Link key={body.id} to="/me/details" search={{ of: body.id }} aria-current={of === body.id ? "page" : undefined}>
              {body.name}
            </Link>
          ))}
        </nav>
      ) : null}
      {of ? <BodyDetails id={of} /> : <MyDetails />}
    </>
  );
}
