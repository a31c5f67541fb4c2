import { useMutation } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client } from "../api/client";
import { useSession } from "../api/session";
import { speak } from "../kernel/i18n";
import { Button, Failure, Field, Title } from "../ui/basics";
import { HOMES } from "./homes";

export default function SignIn() {
  const { t, i18n } = useTranslation();
  const { session, set } = useSession();
  const router = useRouter();
  const { next } = useSearch({ strict: false }) as { next?: string };
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const cast = api.useQuery("get", "/api/v1/demo/cast", {}, { enabled: session.demo });
  const enter = useMutation({
    mutationFn: async (who: { email: string; password: string }) => (await client.POST("/api/v1/session", { body: who })).data,
    onSuccess: async (fresh) => {
      if (!fresh) return;
      set(fresh);
      await speak(fresh.language);
      router.history.push(next ?? HOMES[fresh.home]);
    },
  });
  return (
    <>
      <Title>{t("signIn")}</Title>
      <form
        className="narrow"
        onSubmit={(event) => {
          event.preventDefault();
          enter.mutate({ email, password });
        }}
      >
        <Field label={t("email")}>{(id) => <input id={id} type="email" autoComplete="username" required value={email} onChange={(e) => setEmail(e.target.value)} />}</Field>
        <Field label={t("password")}>
          {(id) => <input id={id} type="password" autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.target.value)} />}
        </Field>
        {enter.isError ? <Failure error={enter.error} /> : null}
        <Button type="submit" tone="main" busy={enter.isPending}>
          {t("signIn")}
        </Button>
      </form>
      {cast.data ? (
        <section aria-labelledby="cast">
          <h2 id="cast">{t("demoCast")}</h2>
          <ul className="cast">
            {cast.data.data.map((person) => (
              <li key={person.email}>
                <Button onClick={() => enter.mutate({ email: person.email, password: person.password })}>
                  <strong>{person.name}</strong> <span>{i18n.language === "en" ? person.role_en : person.role_it}</span>
                </Button>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}
