import { describe, expect, it } from "vitest";

import { catalogue, type Key, type Language, type Message } from ".";

const languages: Language[] = ["en", "ar"];
const keys = Object.keys(catalogue.en) as Key[];
const forms = (message: Message) => (typeof message === "string" ? [message] : Object.values(message));
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("the catalogue", () => {
  it("has the same keys in every language", () => {
    for (const language of languages) expect(Object.keys(catalogue[language]).sort()).toEqual([...keys].sort());
  });

  it("has no empty text", () => {
    for (const language of languages)
      for (const key of keys) for (const form of forms(catalogue[language][key])) expect(form.trim(), key).not.toBe("");
  });

  it("has each plural form that the language has", () => {
    for (const language of languages) {
      const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      for (const key of keys) {
        const message = catalogue[language][key];
        expect(typeof message, key).toBe(typeof catalogue.en[key]);
        if (typeof message !== "string") expect(Object.keys(message).sort(), key).toEqual([...categories].sort());
      }
    }
  });

  it("fills in the same values in every language", () => {
    for (const key of keys) {
      const of = (language: Language) => placeholders(forms(catalogue[language][key]).at(-1) ?? "");
      expect(of("ar"), key).toEqual(of("en"));
    }
  });

  it("is written in Arabic letters where it says Arabic", () => {
    const latin = keys.filter((key) => !forms(catalogue.ar[key]).some((form) => /[\u0600-\u06FF]/.test(form)));
    expect(latin).toEqual(["language.en", "common.none"]);
  });
});
