import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { Failure, Loading } from "../../ui/basics";
import { FISCAL, IdentityForm } from "../../ui/identity-form";
import { VatChecks } from "../../ui/vat-check";

const PERSON = ["name", "phone"] as const;
type Body = Schemas["OrganisationShape"];

/** What documents say of a person. */
export function MyDetails() {
  const query = api.useQuery("get", "/api/v1/people/me");
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <IdentityForm key={query.data.id} names={[...PERSON, ...FISCAL]} kept={query.data} missing={query.data.missing} send={(body) => client.PATCH("/api/v1/people/me", { body })} />
      <VatChecks customer={query.data.id} />
    </>
  );
}

/** What documents say of an organisation, for its delegates. */
export function BodyDetails({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/organisations", { params: { query: { limit: 100 } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const body: Body | undefined = query.data.data.find((one) => one.id === id);
  if (!body) return <p>{t("details.notYours")}</p>;
  return (
    <>
      <p className="muted">{t(`details.kind.${body.kind}`)}</p>
      <IdentityForm
        key={body.id}
        names={FISCAL}
        kept={body}
        missing={body.missing}
        office={body.kind === "public"}
        send={(changed) => client.PATCH("/api/v1/organisations/{organisation_id}", { params: { path: { organisation_id: body.id } }, body: changed })}
      />
      <VatChecks customer={body.id} />
    </>
  );
}
