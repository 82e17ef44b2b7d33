/** When a source is looked at again: plain choices for what people want, and crontab(5) for the rest. */
import type { Text } from "../text/language";

export const EVERY = ["never", "daily", "weekly", "cron"] as const;
export type Every = (typeof EVERY)[number];

export interface Schedule {
  every: Every;
  /** `HH:MM`. */
  time: string;
  /** 0 is Sunday. */
  day: number;
  cron: string;
}

const USUAL: Schedule = { every: "never", time: "04:30", day: 0, cron: "" };
const PLAIN = /^(\d{1,2}) (\d{1,2}) \* \* (\*|[0-7])$/;

export function scheduleOf(cron: string | null): Schedule {
  if (cron === null) return USUAL;
  const [, minute, hour, day] = PLAIN.exec(cron.trim().replace(/\s+/g, " ")) ?? [];
  if (minute === undefined || hour === undefined || day === undefined) return { ...USUAL, every: "cron", cron };
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  const plain = { ...USUAL, time, cron };
  return day === "*" ? { ...plain, every: "daily" } : { ...plain, every: "weekly", day: Number(day) % 7 };
}

/** As the server takes it; null: never by itself. */
export function cronOf({ every, time, day, cron }: Schedule): string | null {
  if (every === "never") return null;
  if (every === "cron") return cron;
  const [hour, minute] = time.split(":").map(Number);
  return `${minute ?? 0} ${hour ?? 0} * * ${every === "daily" ? "*" : day}`;
}

/** What a weekday is called, by a week that began on a Sunday. */
export function dayName(day: number, language: string): string {
  const date = new Date(Date.UTC(2023, 0, 1 + day));
  return new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(date);
}

export function describeSchedule(cron: string | null, zone: string, { t, language }: Text): string {
  const { every, time, day } = scheduleOf(cron);
  if (every === "never" || cron === null) return t("schedule.never");
  if (every === "daily") return t("schedule.dailyAt", { time, zone });
  if (every === "weekly") return t("schedule.weeklyAt", { day: dayName(day, language), time, zone });
  return t("schedule.cronAt", { cron, zone });
}
