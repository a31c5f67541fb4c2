import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import * as moneyWords from "./money";
import * as timeWords from "./time";
import type it from "./words/it.json";

export type Words = typeof it;
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Words };
  }
}

// Each is a file of its own: nobody loads a language that they do not read.
const loaders = {
  it: (): Promise<{ default: Words }> => import("./words/it.json"),
  en: (): Promise<{ default: Words }> => import("./words/en.json"),
};

/** The app speaks this language from now on, and so do the API's sentences. */
export async function speak(language: string): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    const load = loaders[language === "en" ? "en" : "it"];
    // A connection that broke is tried once more.
    i18next.addResourceBundle(language, "translation", (await load().catch(load)).default);
  }
  timeWords.speak(language);
  moneyWords.speak(language);
  document.documentElement.lang = language;
  document.cookie = `language=${language};path=/;max-age=31536000;samesite=lax`;
  await i18next.changeLanguage(language);
}

export async function startSpeaking(language: string): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    lng: language,
    fallbackLng: false,
    interpolation: { escapeValue: false },
  });
  await speak(language);
}
