import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";

import type { MediaContent } from "../api/conversation";
import { setLanguage } from "../text/language";
import { Attachment } from "./attachment";

afterEach(cleanup);

it("fetches sound when it is to be heard, and lets it be saved where it can't be played", async () => {
  setLanguage("en");
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.resolve(new Response("OggS")));
  vi.stubGlobal("fetch", fetch);
  URL.createObjectURL = () => "blob:voice";
  URL.revokeObjectURL = () => undefined;
  const media: MediaContent = { type: "media", kind: "audio", media_type: "audio/ogg; codecs=opus", bytes: 4096 };
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Attachment media={media} message="msg_1" />
    </QueryClientProvider>,
  );
  expect(fetch).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole("button", { name: "Play: Voice message" }));
  const sound = await screen.findByLabelText("Voice message");
  expect([sound.tagName, sound.getAttribute("src")]).toEqual(["AUDIO", "blob:voice"]);
  expect(fetch.mock.calls.map(([path]) => path)).toEqual(["/api/v1/messages/msg_1/media"]);
  fireEvent.error(sound);
  expect(screen.getByText(/can't play it/)).toBeTruthy();
  expect(screen.getByRole("button", { name: /^Voice message/ })).toBeTruthy();
});
