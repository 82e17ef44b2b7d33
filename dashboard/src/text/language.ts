/** The language of the dashboard and the texts in it. */
import { useMemo, useSyncExternalStore } from "react";

import { catalogue, isKey, type Key, type Language } from "./catalogue";
import { formatsOf } from "./format";

const STORAGE_KEY = "wafaa.language";
const listeners = new Set<() => void>();

function initial(): Language {
  const chosen = localStorage.getItem(STORAGE_KEY);
  if (chosen === "en" || chosen === "ar") return chosen;
  return navigator.language.startsWith("ar") ? "ar" : "en";
}

let language = initial();

function apply(): void {
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
}
apply();

export function setLanguage(chosen: Language): void {
  language = chosen;
  localStorage.setItem(STORAGE_KEY, chosen);
  apply();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export type Values = Record<string, string | number>;

/** The text of a key, with `count` choosing the plural form. */
export function translate(language: Language, key: Key, values: Values = {}): string {
  const message = catalogue[language][key];
  const rule = typeof values.count === "number" ? new Intl.PluralRules(language).select(values.count) : "other";
  const text = typeof message === "string" ? message : (message[rule] ?? message.other);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? formatsOf(language).number(value) : value;
  });
}

export function useText() {
  const current = useSyncExternalStore(subscribe, () => language);
  return useMemo(
    () => ({
      language: current,
      t: (key: Key, values?: Values) => translate(current, key, values),
      /** The text of a key made from data, which may hold a word this version doesn't know. */
      tOr: (key: string, fallback: string) => (isKey(key) ? translate(current, key) : fallback),
      format: formatsOf(current),
    }),
    [current],
  );
}

export type Text = ReturnType<typeof useText>;
