/** A source as its form has it. */
import type { SourceSettings } from "../api/knowledge";
import type { Text } from "../text/language";
import { fieldText } from "../ui/field";
import { cronOf, type Every } from "./schedule";

/** One pattern a line: a comma may be part of an address. */
const linesOf = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** An address without its scheme is meant to be a web page's. */
export function pageAddress(text: string): string {
  return text === "" || /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`;
}

export function readSource(form: FormData): SourceSettings {
  const text = (name: string) => fieldText(form, name);
  const schedule = {
    every: text("every") as Every,
    time: text("time"),
    day: Number(text("day")),
    cron: text("cron"),
  };
  return {
    depth: Number(text("depth")),
    include: linesOf(text("include")),
    exclude: linesOf(text("exclude")),
    max_pages: Number(text("max_pages")),
    refresh_cron: cronOf(schedule),
    timezone: text("timezone") || "UTC",
  };
}

export const describeDepth = (depth: number, { t }: Text): string =>
  depth === 0 ? t("sources.thatPage") : t("sources.links", { count: depth });
