import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, keyed } from "../../api/client";
import { addDays, today } from "../../kernel/time";
import { Button, Failure } from "../../ui/basics";

// How many days a quotation made here is valid.
const DAYS = 15;

/** The quote on paper, one for each who issues a part of it: for whoever has to approve the expense first. */
export function OnPaper({ quote, issuers }: { quote: string; issuers: readonly string[] }) {
  const { t } = useTranslation();
  const write = useMutation({
    mutationFn: async () => {
      const valid_until = addDays(today("Europe/Rome"), DAYS);
      const made = issuers.map((issuer_id) => client.POST("/api/v1/quotes/{quote_id}/papers", { params: { path: { quote_id: quote }, header: keyed() }, body: { valid_until, issuer_id } }));
      return (await Promise.all(made)).flatMap(({ data }) => (data ? [data] : []));
    },
  });
  return (
    <div className="small">
      {write.data ? (
        <p role="status">
          {write.data.map((paper) => (
            <a key={paper.id} href={paper.href}>
              {t(`paper.${paper.kind}`)} {paper.number}{" "}
            </a>
          ))}
        </p>
      ) : (
        <Button busy={write.isPending} onClick={() => write.mutate()}>
          {t("prelim.print")}
        </Button>
      )}
      <p className="hint">{t("prelim.printHint")}</p>
      {write.isError ? <Failure error={write.error} /> : null}
    </div>
  );
}
