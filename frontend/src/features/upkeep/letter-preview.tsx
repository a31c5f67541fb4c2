import { useMutation } from "@tanstack/react-query";
import i18next from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, type Schemas } from "../../api/client";
import { Button, Failure, Field } from "../../ui/basics";

const KINDS = ["same_time", "other_time", "some", "nothing"] as const;

/** The letters that those affected would read, in the words that would leave; asked for anew when what is declared changes. */
export function LetterPreview({ said }: { said: Schemas["NewOutageRequest"] }) {
  const { t } = useTranslation();
  const asked = JSON.stringify(said);
  const read = useMutation({ mutationFn: async (_of: string) => (await client.POST("/api/v1/outages/preview", { body: said })).data });
  const found = read.variables === asked ? read.data : undefined;
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
      {found && found.people.length === 0 ? <p className="note">{t("outage.noLetter")}</p> : null}
      {found && found.people.length > 0 ? <Letters key={asked} people={found.people} /> : null}
      {found && found.unread > 0 ? <p className="note">{t("outage.unread", { count: found.unread })}</p> : null}
    </section>
  );
}

/** One letter after the other, those of a kind together: who keeps their time elsewhere, who gets another, who gets nothing. */
function Letters({ people }: { people: Schemas["LetterTo"][] }) {
  const { t } = useTranslation();
  const [language, speak] = useState<string>(i18next.language);
  const [at, setAt] = useState(0);
  const groups = KINDS.map((kind) => ({ kind, of: people.filter((one) => one.kind === kind) })).filter((group) => group.of.length > 0);
  const inOrder = groups.flatMap((group) => group.of);
  const shown = inOrder[at] ?? inOrder[0];
  const letter = shown?.letters.find((one) => one.language === language) ?? shown?.letters[0];
  const leaf = (by: number) => setAt((at + by + inOrder.length) % inOrder.length);
  if (!shown || !letter) return null;
  return (
    <>
      {inOrder.length > 1 ? (
        <>
          <Field label={t("outage.whose", { at: at + 1, count: inOrder.length })}>
            {(id) => (
              <select id={id} value={at} onChange={(e) => setAt(Number(e.target.value))}>
                {groups.map((group) => (
                  <optgroup key={group.kind} label={`${t(`outage.kind.${group.kind}`)} (${group.of.length})`}>
                    {group.of.map((one) => (
                      <option key={one.to.id} value={inOrder.indexOf(one)}>
                        {one.bookings > 1 ? t("outage.ofBookings", { name: one.to.name, count: one.bookings }) : one.to.name}
                      </option>
                    ))}
                  </optgroup>
                ))}
              </select>
            )}
          </Field>
          <div className="toolbar">
            <Button onClick={() => leaf(-1)}>{t("outage.letterBefore")}</Button>
            <Button onClick={() => leaf(1)}>{t("outage.letterAfter")}</Button>
          </div>
        </>
      ) : null}
      <p>
        <span className="badge">{t(`outage.kind.${shown.kind}`)}</span>
      </p>
      <div className="toolbar" role="group" aria-label={t("language")}>
        {shown.letters.map((one) => (
          <Button key={one.language} tone={one.language === letter.language ? "main" : "plain"} aria-pressed={one.language === letter.language} onClick={() => speak(one.language)}>
            {t(`outage.in.${one.language}`)}
          </Button>
        ))}
      </div>
      <article className="letter" lang={letter.language} aria-live="polite">
        <h3>{letter.subject}</h3>
        {letter.paragraphs.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        <p className="link">{letter.link}</p>
      </article>
      <p className="hint small">{t("outage.letterTo", { name: shown.to.name })}</p>
    </>
  );
}
