import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { Mend } from "../features/documents/mend";
import { SdiCell } from "../features/documents/sdi";
import { Failure, heir, Loading, Title } from "../ui/basics";
import { useLedTo } from "../ui/places";

const MENDABLE = new Set(["refused_by_sdi", "refused_by_customer", "to_mend"]);

/** A document that was refused, with what its lines say: mended, it goes out again under its number. */
export default function MendDocument() {
  const { t } = useTranslation();
  const { id = "" } = useParams({ strict: false });
  const { field } = useSearch({ strict: false }) as { field?: string };
  const [sent, tell] = useState(false);
  const place = { params: { path: { document_id: id } } };
  const paper = api.useQuery("get", "/api/v1/documents/{document_id}", place, { retry: false });
  const written = api.useQuery("get", "/api/v1/documents/{document_id}/as-written", place, { retry: false });
  useLedTo(field, paper.isSuccess && written.isSuccess);
  const failed = [paper, written].find((query) => query.isError);
  if (failed) return <Failure error={failed.error} retry={() => void failed.refetch()} />;
  if (!paper.data || !written.data) return <Loading />;
  const it = paper.data;
  return (
    <>
      <p>
        <Link to="/manage/documents" search={{ issuer: it.issuer.id, month: it.issued_on.slice(0, 7) }}>
          ← {t("nav.documents")}
        </Link>
      </p>
      <Title>{t("sdi.mendTitle", { number: it.number })}</Title>
      {sent ? (
        <p className="note" role="status" tabIndex={-1} ref={heir}>
          ✓ {t("sdi.mended", { number: it.number })}
        </p>
      ) : null}
      <section className="panel" aria-label="SdI">
        <SdiCell paper={it} again={false} />
      </section>
      {MENDABLE.has(it.sdi.state) && !sent ? <Mend paper={it} written={written.data} onSent={() => tell(true)} /> : null}
    </>
  );
}
