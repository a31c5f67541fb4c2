import { useMutation } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, client, keyed } from "../api/client";
import { Button, Failure, Loading, Title } from "../ui/basics";
import { money } from "../kernel/money";

/** Where one lands after the gateway's page: it proves nothing, so the server is asked until it knows. */
export default function CheckoutPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = api.useQuery(
    "get",
    "/api/v1/checkouts/{checkout_id}",
    { params: { path: { checkout_id: id } } },
    { refetchInterval: (q) => (["awaiting_payment", "processing"].includes(q.state.data?.state ?? "") ? 1500 : false) },
  );
  const retry = useMutation({
    mutationFn: () => client.POST("/api/v1/checkouts/{checkout_id}/retry", { params: { path: { checkout_id: id }, header: keyed() } }),
    onSuccess: ({ data }) => data?.redirect_url && window.location.assign(data.redirect_url),
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const it = query.data;
  return (
    <>
      <Title>{t(`checkout.${it.state}`)}</Title>
      <p className="lead">{money(it.total)}</p>
      <p aria-live="polite">{t(`checkoutMore.${it.state}`)}</p>
      {it.state === "awaiting_payment" && it.redirect_url ? (
        <p>
          <a className="button main" href={it.redirect_url}>
            {t("goPay")}
          </a>
        </p>
      ) : null}
      {it.owed || it.state === "failed" ? (
        <Button tone="main" busy={retry.isPending} onClick={() => retry.mutate()}>
          {t("payNow")}
        </Button>
      ) : null}
      {retry.isError ? <Failure error={retry.error} /> : null}
      {it.booking_ids.length === 0 && it.state === "done" ? (
        <p>
          <Link to="/me">{t("nav.me")}</Link>
        </p>
      ) : null}
      <ul>
        {it.booking_ids.map((booking) => (
          <li key={booking}>
            <Link to="/bookings/$id" params={{ id: booking }}>
              {t("openBooking")}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
