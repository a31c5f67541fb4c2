import i18next from "i18next";
import { expect, test } from "vitest";
import { speak, startSpeaking } from "./i18n";

test("a language is loaded when it is spoken, and words are there from the first on", async () => {
  Object.assign(globalThis, { document: { documentElement: {}, cookie: "" } });
  await startSpeaking("en");
  expect(i18next.t("plans.title")).toBe("Memberships");
  expect(i18next.hasResourceBundle("it", "translation")).toBe(false);
  await speak("it");
  expect(i18next.t("plans.title")).toBe("Abbonamenti");
  await speak("en");
  expect(i18next.t("books.waive", { count: 2 })).toBe("Waive the 2 instalments");
});
