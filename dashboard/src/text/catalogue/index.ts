/** Every text of the dashboard in every language. */
import * as ask from "./ask";
import * as channels from "./channels";
import * as conversations from "./conversations";
import * as documents from "./documents";
import * as jobs from "./jobs";
import type { Message } from "./message";
import * as quality from "./quality";
import * as settings from "./settings";
import * as shell from "./shell";
import * as sources from "./sources";

const en = {
  ...shell.en,
  ...conversations.en,
  ...documents.en,
  ...sources.en,
  ...quality.en,
  ...ask.en,
  ...jobs.en,
  ...settings.en,
  ...channels.en,
};

export type Key = keyof typeof en;
export type Language = "en" | "ar";
export type { Message, Plural } from "./message";

export const catalogue: Record<Language, Record<Key, Message>> = {
  en,
  ar: {
    ...shell.ar,
    ...conversations.ar,
    ...documents.ar,
    ...sources.ar,
    ...quality.ar,
    ...ask.ar,
    ...jobs.ar,
    ...settings.ar,
    ...channels.ar,
  },
};

export const isKey = (key: string): key is Key => key in en;
