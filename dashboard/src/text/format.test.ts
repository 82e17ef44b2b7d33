import { expect, it } from "vitest";

import { formatsOf } from "./format";
import { translate } from "./language";

it("chooses the plural form and fills in numbers", () => {
  expect(translate("en", "documents.chunks", { count: 1 })).toBe("1 chunk");
  expect(translate("en", "documents.chunks", { count: 1200 })).toBe("1,200 chunks");
  expect(translate("ar", "documents.chunks", { count: 2 })).toBe("مقطعان");
  expect(translate("ar", "documents.chunks", { count: 3 })).toBe("3 مقاطع");
});

it("writes sizes and times in the largest unit that fits", () => {
  const { bytes, ago } = formatsOf("en");
  expect([bytes(12), bytes(48_200), bytes(2_340_000)]).toEqual(["12 bytes", "48 kB", "2.3 MB"]);
  const now = Date.parse("2026-01-02T00:00:00Z");
  expect(ago("2026-01-01T21:00:00Z", now)).toBe("3 hr. ago");
  expect(ago("2026-01-02T00:00:00Z", now)).toBe("now");
});
