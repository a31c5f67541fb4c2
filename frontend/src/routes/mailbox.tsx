import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { instantText } from "../kernel/time";
import { Empty, Failure, Loading, Title } from "../ui/basics";

/** The demo's mailbox: what would have been sent. */
export default function Mailbox() {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/demo/mailbox", { params: { query: {} } }, { refetchInterval: 3000 });
  return (
    <>
      <Title>{t("nav.mailbox")}</Title>
      {query.isPending ? <Loading /> : null}
      {query.isError ? <Failure error={query.error} /> : null}
      {query.data?.data.length === 0 ? <Empty>{t("noMail")}</Empty> : null}
      {query.data?.data.map((mail) => (
        <details key={mail.id} className="mail">
          <summary>
            <strong>{mail.subject}</strong> <span className="muted">→ {mail.to}</span> <small>{instantText(mail.made_at, "Europe/Rome")}</small>
          </summary>
          <pre>{mail.text}</pre>
          {mail.attachments.map((file) => (
            <p key={file.href}>
              <a href={file.href}>{file.name}</a>
            </p>
          ))}
        </details>
      ))}
    </>
  );
}
