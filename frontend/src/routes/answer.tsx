import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, Refusal, type Schemas } from "../api/client";
import { useSession } from "../api/session";
import { speak } from "../kernel/i18n";
import { instantText, periodText } from "../kernel/time";
import { Button, Failure, Loading, Title } from "../ui/basics";

/** The page behind a letter's link: nobody signs in, and it names nobody. */
export default function Answer() {
  const { t, i18n } = useTranslation();
  const { session } = useSession();
  const { secret } = useParams({ strict: false }) as { secret: string };
  const query = api.useQuery("get", "/api/v1/answers/{secret}", { params: { path: { secret } } });
  const language = query.data?.language;
  useEffect(() => {
    // In the language of the letter, unless somebody who is signed in has chosen theirs.
    if (language && !session.person && language !== i18n.language) void speak(language);
  }, [language, session.person, i18n]);
  if (query.isPending) return <Loading />;
  if (query.isError)
    return (
      <>
        <Title>{t("answer.gone")}</Title>
        {query.error instanceof Refusal ? (
          <p>
            {t("answer.goneWhat")} <Link to="/me">{t("nav.me")}</Link>
          </p>
        ) : (
          <Failure error={query.error} retry={() => void query.refetch()} />
        )}
      </>
    );
  const it = query.data;
  return (
    <>
      <Title>{t("answer.title")}</Title>
      <p className="lead">
        {it.venue.name}: {it.reason}
      </p>
      {it.cases.map((found) => (
        <OneAnswer key={found.id} secret={secret} found={found} letter={it} />
      ))}
    </>
  );
}

function OneAnswer({ secret, found, letter }: { secret: string; found: Schemas["LetterCase"]; letter: Schemas["RescueLetter"] }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const zone = letter.time_zone;
  const words = { today: t("today"), tomorrow: t("tomorrow") };
  const outcome = useRef<HTMLParagraphElement>(null);
  const answer = useMutation({
    mutationFn: (choice: "move" | "refund" | "wait") =>
      client.POST("/api/v1/answers/{secret}", { params: { path: { secret }, header: keyed() }, body: { case_id: found.id, choice } }),
    onSettled: () => cache.invalidateQueries(),
  });
  // The buttons go with the answer: the focus is where what came of it stands.
  const over = Boolean(found.answer) || found.expired;
  useEffect(() => {
    if (over && answer.submittedAt) outcome.current?.focus();
  }, [over, answer.submittedAt]);
  return (
    <section className="panel" aria-labelledby={found.id}>
      <h2 id={found.id}>
        {found.resources.join(", ")}, {periodText(found.period, zone, words)}
      </h2>
      {found.answer ? (
        <p role="status" tabIndex={-1} ref={outcome}>
          <strong>{t(`rescue.answered.${found.answer}`)}</strong>
          {found.by_default ? ` (${t("rescue.byDefault")})` : ""}
          {answer.isError ? ` · ${t("answer.already")}` : ""}
        </p>
      ) : found.expired ? (
        <p role="status" tabIndex={-1} ref={outcome}>{t(`answer.expired.${letter.default}`)}</p>
      ) : (
        <>
          {found.kept ? (
            <p>
              {t("answer.kept")} <strong>{found.kept.resources.join(", ")}, {periodText(found.kept.period, zone, words)}</strong>. {t("answer.samePrice")}
            </p>
          ) : (
            <p>{t("answer.nothing")}</p>
          )}
          <div className="slots">
            {(["move", "refund", "wait"] as const)
              .filter((choice) => found.choices.includes(choice))
              .map((choice) => (
                <Button key={choice} className="slot" tone={choice === "move" ? "main" : "plain"} busy={answer.isPending} onClick={() => answer.mutate(choice)}>
                  {t(`answer.choice.${choice}`)}
                </Button>
              ))}
          </div>
          <p className="muted small">
            {t("rescue.until", { at: instantText(found.until, zone) })} {t(`answer.ifNot.${letter.default}`)}
          </p>
        </>
      )}
      {answer.isError && !found.answer && !found.expired ? <Failure error={answer.error} /> : null}
    </section>
  );
}
