import { useMutation } from "@tanstack/react-query";
import i18next from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, type Schemas } from "../../api/client";
import { Button, Failure } from "../../ui/basics";

/** The letter that the first of those affected would read, in the words that would leave; asked for anew when what is declared changes. */
export function LetterPreview({ said }: { said: Schemas["NewOutageRequest"] }) {
  const { t } = useTranslation();
  const [language, speak] = useState<string>(i18next.language);
  const asked = JSON.stringify(said);
  const read = useMutation({ mutationFn: async (_of: string) => (await client.POST("/api/v1/outages/preview", { body: said })).data });
  const found = read.variables === asked ? read.data : undefined;
  const letter = found?.letters.find((one) => one.language === language) ?? found?.letters[0];
  return (
    <section className="stack">
      {found ? null : (
        <p>
          <Button why={said.reason.trim() ? undefined : t("outage.reasonFirst")} busy={read.isPending} onClick={() => read.mutate(asked)}>
            {t("outage.showLetter")}
          </Button>
        </p>
      )}
      {read.isError && !found ? <Failure error={read.error} /> : null}
      {found && !letter ? <p className="note">{t("outage.noLetter")}</p> : null}
      {letter ? (
        <>
          <div className="toolbar" role="group" aria-label={t("language")}>
            {found?.letters.map((one) => (
              <Button key={one.language} tone={one.language === letter.language ? "main" : "plain"} aria-pressed={one.language === letter.language} onClick={() => speak(one.language)}>
                {t(`outage.in.${one.language}`)}
              </Button>
            ))}
          </div>
          <article className="letter" lang={letter.language}>
            <h3>{letter.subject}</h3>
            {letter.paragraphs.map((paragraph) => (
              <p key={paragraph}>{paragraph}</p>
            ))}
            <p className="link">{letter.link}</p>
          </article>
          <p className="hint small">{t("outage.letterTo", { name: found?.to?.name ?? "" })}</p>
        </>
      ) : null}
    </section>
  );
}
