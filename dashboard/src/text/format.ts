/** Numbers, sizes and times as a reader of the language writes them. */
import type { Language } from "./catalogue";

// Latin digits in Arabic too: they stand beside ids, versions and prices that are written so.
const LOCALE: Record<Language, string> = { en: "en", ar: "ar-u-nu-latn" };

const RELATIVE: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

function make(locale: string) {
  const count = new Intl.NumberFormat(locale);
  const fraction = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const share = new Intl.NumberFormat(locale, { style: "percent" });
  const size = (unit: string, digits: number) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit,
      unitDisplay: unit === "byte" ? "long" : "short",
      maximumFractionDigits: digits,
    });
  const sizes = [size("byte", 0), size("kilobyte", 0), size("megabyte", 1)] as const;
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const hour = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });

  return {
    number: (value: number) => count.format(value),
    /** 0 to 1. */
    percent: (value: number) => share.format(value),
    /** 0 to 1, where it is no share. */
    fraction: (value: number) => fraction.format(value),
    bytes: (value: number) => {
      if (value < 1_000) return sizes[0].format(value);
      return value < 1_000_000 ? sizes[1].format(value / 1_000) : sizes[2].format(value / 1_000_000);
    },
    /** How long ago, or in how long. */
    ago: (time: string, now = Date.now()) => {
      const seconds = (Date.parse(time) - now) / 1000;
      const [unit, length] = RELATIVE.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
      return relative.format(Math.trunc(seconds / length), unit);
    },
    time: (time: string) => moment.format(new Date(time)),
    day: (time: string) => day.format(new Date(time)),
    hour: (time: string) => hour.format(new Date(time)),
    seconds: (ms: number) => size("second", 1).format(ms / 1000),
  };
}

export type Formats = ReturnType<typeof make>;

const made = new Map<Language, Formats>();

export function formatsOf(language: Language): Formats {
  const formats = made.get(language) ?? make(LOCALE[language]);
  made.set(language, formats);
  return formats;
}
