import { describe, expect, it } from "vitest";

import type { OpeningHours } from "../api/types";
import { readBot } from "./bot-form";
import { randomToken, readChannel } from "./channel-kinds";
import { draftOf, hoursOf } from "./hours";
import { tidied } from "./intents-editor";
import { EVENTS } from "./webhook-queries";
import { readEndpoint } from "./webhook-dialogs";

function form(values: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(values)) data.set(name, value);
  return data;
}

const HOURS: OpeningHours = {
  timezone: "Asia/Riyadh",
  week: { mon: [["09:00", "23:00"]], fri: [["16:00", "02:00"]] },
  exceptions: { "2026-12-25": [] },
};

describe("opening hours", () => {
  it("come back from the form as they went in", () => {
    expect(hoursOf(draftOf(HOURS), "Asia/Riyadh")).toEqual(HOURS);
  });

  it("leave out days without a date", () => {
    const draft = { ...draftOf(HOURS), exceptions: [{ date: "", spans: [] }] };
    expect(hoursOf(draft, "UTC")).toMatchObject({ timezone: "UTC", exceptions: {} });
  });
});

describe("the bot's form", () => {
  const filled = {
    name: " Falafel ",
    languages: "EN، ar",
    confidence_threshold: "50",
    merge_window_ms: "2000",
    handoff_keywords: "manager, مدير",
    timezone: "Asia/Riyadh",
    hours: JSON.stringify(draftOf(HOURS)),
    session_silence_minutes: "1440",
    handoff_enabled: "on",
    low_confidence_after: "2",
    sla_minutes: "15",
    intents: "[]",
    evaluate_on_change: "on",
    retention_days: "",
  };

  it("reads every setting", () => {
    expect(readBot(form(filled))).toMatchObject({
      name: "Falafel",
      languages: ["en", "ar"],
      confidence_threshold: 0.5,
      hours: HOURS,
      handoff: { enabled: true, low_confidence_after: 2, sentiment: false, sla_minutes: 15 },
      csat: false,
      evaluate_on_change: true,
      retention_days: null,
    });
  });

  it("has no hours when people are always there", () => {
    expect(readBot(form({ ...filled, hours: "", retention_days: "30" }))).toMatchObject({
      hours: null,
      retention_days: 30,
    });
  });
});

it("takes no empty line for an example", () => {
  const intent = { name: " Book ", examples: ["a table ", "", " "], action: "handoff" as const, reply: "" };
  expect(tidied([intent])).toEqual([{ ...intent, name: "Book", examples: ["a table"] }]);
});

describe("a channel's form", () => {
  it("keeps secrets that were left empty, and takes away settings that were emptied", () => {
    const before = { phone_number_id: "1", business_account_id: "2", extra: true };
    const filled = {
      name: "Shop",
      phone_number_id: "3",
      business_account_id: "",
      access_token: " new ",
      app_secret: "",
    };
    expect(readChannel("whatsapp", form(filled), before)).toEqual({
      name: "Shop",
      settings: { phone_number_id: "3", business_account_id: null },
      secrets: { access_token: "new" },
    });
  });

  it("reads the websites of a web chat, and keeps what else its theme has", () => {
    const filled = {
      name: "Chat",
      allowed_origins: "https://a.example\n https://b.example,",
      mode: "dark",
      color: "#000000",
      position: "end",
    };
    expect(readChannel("web", form(filled), { theme: { font: "serif" } })).toEqual({
      name: "Chat",
      settings: {
        allowed_origins: ["https://a.example", "https://b.example"],
        theme: { font: "serif", mode: "dark", color: "#000000", position: "end" },
      },
      secrets: {},
    });
  });

  it("chooses another token each time", () => {
    const tokens = Array.from({ length: 20 }, randomToken);
    expect(new Set(tokens).size).toBe(20);
    expect(tokens.every((token) => /^[a-z2-9]{32}$/.test(token))).toBe(true);
  });
});

it("asks for every event, those to come included, when all are ticked", () => {
  const all = Object.fromEntries(EVENTS.map((event) => [event, "on"]));
  const url = "https://a.example";
  expect(readEndpoint(form({ url, ...all }))).toEqual({ url, events: [] });
  expect(readEndpoint(form({ url, "message.sent": "on" }))).toEqual({ url, events: ["message.sent"] });
});
