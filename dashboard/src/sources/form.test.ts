import { describe, expect, it } from "vitest";

import { formatsOf } from "../text/format";
import { translate, type Text } from "../text/language";
import { pageAddress, readSource } from "./form";
import { cronOf, describeSchedule, scheduleOf } from "./schedule";

const text: Text = {
  language: "en",
  t: (key, values) => translate("en", key, values),
  tOr: (_, fallback) => fallback,
  format: formatsOf("en"),
};

describe("a schedule", () => {
  it("comes back from the form as it went in", () => {
    for (const cron of [null, "30 4 * * *", "0 23 * * 5", "5 4 1 */2 *"]) {
      expect(cronOf(scheduleOf(cron)), String(cron)).toBe(cron);
    }
  });

  it("begins a week on Sunday, whichever number it was given", () => {
    expect(scheduleOf("30 4 * * 7")).toMatchObject({ every: "weekly", day: 0 });
  });

  it("is told in plain words where there are any", () => {
    const told = (cron: string | null) => describeSchedule(cron, "Asia/Riyadh", text);
    expect(told(null)).toBe("Never by itself");
    expect(told("5 4 * * *")).toBe("Every day at 04:05 (Asia/Riyadh)");
    expect(told("30 4 * * 7")).toBe("Every Sunday at 04:30 (Asia/Riyadh)");
    expect(told("30 4 * * 1-5")).toBe("30 4 * * 1-5 (Asia/Riyadh)");
  });
});

describe("the form of a source", () => {
  const filled = {
    depth: "1",
    max_pages: "50",
    every: "weekly",
    day: "1",
    time: "06:05",
    timezone: "Asia/Riyadh",
    exclude: " */cart* \n\n*/a,b",
    include: "",
  };
  const form = (values: Record<string, string>) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(values)) data.set(name, value);
    return data;
  };

  it("reads every setting, one pattern a line", () => {
    expect(readSource(form(filled))).toEqual({
      depth: 1,
      max_pages: 50,
      refresh_cron: "5 6 * * 1",
      timezone: "Asia/Riyadh",
      exclude: ["*/cart*", "*/a,b"],
      include: [],
    });
  });

  it("says null, not nothing, when a source is never looked at again by itself", () => {
    expect(readSource(form({ ...filled, every: "never" })).refresh_cron).toBeNull();
  });

  it("takes an address without a scheme for a web page's", () => {
    expect(pageAddress("shop.example/menu")).toBe("https://shop.example/menu");
    expect(pageAddress("http://shop.example")).toBe("http://shop.example");
    expect(pageAddress("")).toBe("");
  });
});
