import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Conversation } from "../api/conversation";
import { setLanguage } from "../text/language";
import { Composer } from "./composer";
import { outbox } from "./send";

const CANNED = {
  data: [
    { id: "1", title: "Refund", text: "Your money is on its way." },
    { id: "2", title: "Directions", text: "Next to the library." },
  ],
  next_cursor: null,
};

let posted: { path: string; body: unknown; key: string | undefined }[];

beforeEach(() => {
  setLanguage("en");
  Element.prototype.scrollIntoView = vi.fn();
  posted = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    if (init.method !== "POST") return Promise.resolve(new Response(JSON.stringify(CANNED)));
    const key = (init.headers as Record<string, string>)["Idempotency-Key"];
    posted.push({ path, body: JSON.parse(init.body as string), key });
    return Promise.resolve(new Response('{"id":"msg_1"}', { status: 201 }));
  });
  const conversation = { id: "conv_1", status: "human" } as Conversation;
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Composer conversation={conversation} />
    </QueryClientProvider>,
  );
});
afterEach(cleanup);

const field = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^Write/ });
const write = (value: string) => fireEvent.change(field(), { target: { value } });
const press = (key: string, more = {}) => fireEvent.keyDown(field(), { key, ...more });

it("sends with Enter, and empties the field at once", async () => {
  write(" Hello ");
  press("Enter", { shiftKey: true });
  expect(outbox.all()).toEqual([]);
  press("Enter");
  expect(field().value).toBe("");
  expect(outbox.all()).toMatchObject([{ conversation: "conv_1", kind: "reply", text: "Hello" }]);
  await waitFor(() => expect(outbox.all()).toEqual([]));
  expect(posted).toMatchObject([{ path: "/api/v1/conversations/conv_1/messages", body: { text: "Hello" } }]);
  expect(posted[0]?.key).toMatch(/^[0-9a-f]{32}$/);
});

it("sends nothing while a word is being composed or there is none", () => {
  write("   ");
  press("Enter");
  write("かな");
  press("Enter", { isComposing: true });
  expect(outbox.all()).toEqual([]);
});

it("keeps a note from the customer, and goes back to replies after it", async () => {
  fireEvent.click(screen.getByRole("button", { name: "Private note" }));
  write("Be kind");
  press("Enter");
  await waitFor(() => expect(posted).toHaveLength(1));
  expect(posted[0]?.path).toBe("/api/v1/conversations/conv_1/notes");
  expect(screen.getByRole("button", { name: "Reply" }).getAttribute("aria-pressed")).toBe("true");
});

it("finds a canned reply after a slash and takes it with Enter", async () => {
  write("/");
  await screen.findByRole("option", { name: /Refund/ });
  press("ArrowDown");
  expect(screen.getByRole("option", { selected: true }).textContent).toContain("Directions");
  expect(field().getAttribute("aria-activedescendant")).toBe(screen.getByRole("option", { selected: true }).id);
  press("Enter");
  expect(field().value).toBe("Next to the library.");
  expect(screen.queryByRole("listbox")).toBeNull();
  expect(outbox.all()).toEqual([]);
});

it("closes the list with Escape and keeps what was typed", async () => {
  write("/ref");
  await screen.findByRole("option", { name: /Refund/ });
  press("Escape");
  expect(screen.queryByRole("listbox")).toBeNull();
  expect(field().value).toBe("/ref");
});

it("sends buttons with the words, and forgets them after that", async () => {
  write("Is that right?");
  fireEvent.click(screen.getByRole("button", { name: "Buttons or a list" }));
  const choice = (number: number) => screen.getByRole<HTMLInputElement>("textbox", { name: `Choice ${number}` });
  fireEvent.change(choice(1), { target: { value: "Yes" } });
  fireEvent.change(choice(2), { target: { value: "No" } });
  press("Enter");
  await waitFor(() => expect(posted).toHaveLength(1));
  expect(posted[0]?.body).toEqual({ text: "Is that right?", buttons: [{ title: "Yes" }, { title: "No" }] });
  write("Thanks");
  press("Enter");
  await waitFor(() => expect(posted).toHaveLength(2));
  expect(posted[1]?.body).toEqual({ text: "Thanks" });
});
