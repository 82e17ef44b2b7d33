import { afterEach, expect, it, vi } from "vitest";

import { Api } from "./api";

afterEach(() => {
  vi.unstubAllGlobals();
});

it("asks for the greeting in the visitor's languages, of which there may be any number", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(new Response(`{"language":"ar"}`));
  });
  const languages = ["ar-SA", "en", ...Array.from({ length: 100 }, () => "en-GB")];
  const appearance = await new Api("https://wafaa.example", "wct_1").appearance(languages);
  expect(appearance.language).toBe("ar");
  const { searchParams, pathname } = new URL(asked[0] ?? "");
  expect(pathname).toBe("/widget/wct_1");
  const language = searchParams.get("language");
  expect(language).toMatch(/^ar-SA,en,en-GB,/);
  // The server takes no more letters.
  expect(language).toHaveLength(200);
});
