/** The bot's settings as the form has them. */
import type { Bot, IntentRule } from "../api/types";
import { fieldText } from "../ui/field";
import { hoursOf, type HoursDraft } from "./hours";

const listOf = (text: string) =>
  text
    .split(/[,،]/)
    .map((word) => word.trim())
    .filter((word) => word !== "");

export function readBot(form: FormData): Bot {
  const text = (name: string) => fieldText(form, name);
  const number = (name: string) => Number(text(name));
  const timezone = text("timezone");
  return {
    name: text("name"),
    tone: text("tone"),
    languages: listOf(text("languages").toLowerCase()),
    greeting: text("greeting"),
    instructions: text("instructions"),
    confidence_threshold: number("confidence_threshold") / 100,
    merge_window_ms: number("merge_window_ms"),
    handoff_keywords: listOf(text("handoff_keywords")),
    timezone,
    hours: text("hours") === "" ? null : hoursOf(JSON.parse(text("hours")) as HoursDraft, timezone),
    out_of_hours_message: text("out_of_hours_message"),
    session_silence_minutes: number("session_silence_minutes"),
    handoff: {
      enabled: form.has("handoff_enabled"),
      low_confidence_after: number("low_confidence_after"),
      sentiment: form.has("handoff_sentiment"),
      sla_minutes: number("sla_minutes"),
    },
    csat: form.has("csat"),
    intents: JSON.parse(text("intents")) as IntentRule[],
    evaluate_on_change: form.has("evaluate_on_change"),
    retention_days: text("retention_days") === "" ? null : number("retention_days"),
  };
}
