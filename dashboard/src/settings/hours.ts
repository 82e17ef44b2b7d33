/** Opening hours as a form has them: spans of each weekday, and days that are otherwise. */
import type { OpeningHours, Span, Weekday } from "../api/types";

export const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const USUAL: Span = ["09:00", "17:00"];

/** What a weekday is called, by a week that began on a Monday. */
export function weekdayName(day: Weekday, language: string): string {
  const date = new Date(Date.UTC(2024, 0, 1 + WEEKDAYS.indexOf(day)));
  return new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(date);
}

export interface Exception {
  date: string;
  spans: Span[];
}

export interface HoursDraft {
  week: Record<Weekday, Span[]>;
  exceptions: Exception[];
}

const USUAL_WEEK: OpeningHours["week"] = { mon: [USUAL], tue: [USUAL], wed: [USUAL], thu: [USUAL], fri: [USUAL] };

export function draftOf(hours: OpeningHours | null): HoursDraft {
  const week = hours?.week ?? USUAL_WEEK;
  return {
    week: Object.fromEntries(WEEKDAYS.map((day) => [day, week[day] ?? []])) as HoursDraft["week"],
    exceptions: Object.entries(hours?.exceptions ?? {}).map(([date, spans]) => ({ date, spans })),
  };
}

/** The hours as the server takes them: a closed weekday is left out, and so is an exception without a date. */
export function hoursOf(draft: HoursDraft, timezone: string): OpeningHours {
  const week: OpeningHours["week"] = {};
  for (const day of WEEKDAYS) if (draft.week[day].length > 0) week[day] = draft.week[day];
  const dated = draft.exceptions.filter(({ date }) => date !== "");
  return { timezone, week, exceptions: Object.fromEntries(dated.map(({ date, spans }) => [date, spans])) };
}
