import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import * as moneyWords from "./money";
import * as timeWords from "./time";
import it from "./words/it.json";

export type Words = typeof it;
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Words };
  }
}

const loaders: Record<string, () => Promise<{ default: Words }>> = {
  en: () => import("./words/en.json"),
};

/** The app speaks this language from now on, and so do the API's sentences. */
export async function speak(language: string): Promise<void> {
  const load = loaders[language];
  if (load && !i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", (await load()).default);
  }
  timeWords.speak(language);
  moneyWords.speak(language);
  document.documentElement.lang = language;
  document.cookie = `language=${language};path=/;max-age=31536000;samesite=lax`;
  await i18next.changeLanguage(language);
}

export async function startSpeaking(language: string): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { it: { translation: it } },
    lng: "it",
    fallbackLng: "it",
    interpolation: { escapeValue: false },
  });
  await speak(language);
}
