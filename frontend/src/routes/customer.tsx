import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { SdiCell } from "../features/documents/sdi";
import { CustomerData } from "../features/issuing/customer";
import { Failure, Loading, Title } from "../ui/basics";
import { useLedTo } from "../ui/places";

/** A customer's fiscal data for the office, and the document that waits for them, if one led here. */
export default function CustomerPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams({ strict: false });
  const { field, paper } = useSearch({ strict: false }) as { field?: string; paper?: string };
  const query = api.useQuery("get", "/api/v1/customers/{customer_id}", { params: { path: { customer_id: id } } }, { retry: false });
  useLedTo(field && `/customer/${field}`, query.isSuccess);
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <p>
        <Link to="/manage/documents">← {t("nav.documents")}</Link>
      </p>
      <Title>{query.data.name}</Title>
      <p className="muted">{t("issue.fromNowOn")}</p>
      <CustomerData id={id} />
      {paper ? <Waiting id={paper} /> : null}
    </>
  );
}

function Waiting({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/documents/{document_id}", { params: { path: { document_id: id } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <section className="panel" aria-labelledby="waiting">
      <h2 id="waiting">
        {t(`paper.${query.data.kind}`)} {query.data.number}
      </h2>
      <SdiCell paper={query.data} led={false} />
    </section>
  );
}
