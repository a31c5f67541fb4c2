import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useSession } from "../api/session";
import { PassKinds } from "../features/budgets/pass-kinds";
import { Plans } from "../features/budgets/plans";
import { QuotePanel } from "../features/checkout/quote-panel";
import { Failure, Loading, Title } from "../ui/basics";

/** Passes on sale; the chosen one is in the address, and is paid like anything else. */
export default function Passes() {
  const { t } = useTranslation();
  const { session } = useSession();
  const go = useNavigate();
  const { kind, plan } = useSearch({ strict: false }) as { kind?: string; plan?: string };
  const query = api.useQuery("get", "/api/v1/pass-kinds");
  const plans = api.useQuery("get", "/api/v1/plans");
  if (query.isPending || plans.isPending) return <Loading />;
  if (plans.isError) return <Failure error={plans.error} retry={() => void plans.refetch()} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const choose = (what: "kind" | "plan") => (id: string) =>
    void go(session.person ? { to: "/passes", search: { [what]: id }, replace: true } : { to: "/sign-in", search: { next: `/passes?${what}=${id}` } });
  return (
    <>
      <Title>{t("passes.title")}</Title>
      <p className="muted">{t("passes.what")}</p>
      <PassKinds kinds={query.data.data} chosen={kind} onChoose={choose("kind")} />
      <Plans plans={plans.data.data} chosen={plan} onChoose={choose("plan")} />
      {(kind || plan) && session.person ? <QuotePanel bookings={[]} passKinds={kind ? [kind] : []} plan={plan} /> : null}
    </>
  );
}
