import { QueryClient, type InfiniteData } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import { CONVERSATION_STATUSES, type CannedReply, type Message, type MessageStatus } from "../api/conversation";
import type { Page } from "../api/types";
import { matching, wantedIn } from "./canned";
import { mayResend, tickOf } from "./delivery";
import { messagesKey } from "./keys";
import { mask } from "./mask";
import { movesOf } from "./moves";
import { withSeen } from "./seen";
import { putMessage } from "./send";
import { clock, remaining } from "./sla";
import { readTemplate } from "./template-dialog";

describe("the countdown", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  const levelAfter = (seconds: number) => remaining(new Date(now + seconds * 1000).toISOString(), now).level;

  it("warns in the last five minutes and says when it is over", () => {
    expect([301, 300, 0, -1].map(levelAfter)).toEqual(["calm", "soon", "soon", "late"]);
  });

  it("is written like a clock, rounded so that zero means over", () => {
    expect([0, 1, 59_001, 245_000, 3_729_000].map(clock)).toEqual(["0:00", "0:01", "1:00", "4:05", "1:02:09"]);
    expect([-999, -61_000].map(clock)).toEqual(["0:00", "1:01"]);
  });
});

describe("the ticks", () => {
  const outbound = (status: MessageStatus) => ({ direction: "outbound" as const, status });

  it("tell sent, delivered and read apart", () => {
    const looks = (["sending", "sent", "delivered", "read"] as const).map((status) => tickOf(outbound(status)));
    expect(looks.map((tick) => tick?.icon)).toEqual(["clock", "check", "checks", "checks"]);
    expect(new Set(looks.map((tick) => `${tick?.icon} ${tick?.colour}`)).size).toBe(4);
  });

  it("stand at what was sent to the customer only", () => {
    expect(tickOf({ direction: "inbound", status: "received" })).toBeNull();
    expect(tickOf({ direction: "note", status: "sent" })).toBeNull();
  });

  it("offer to send again what did not, or perhaps did not, arrive", () => {
    const all: MessageStatus[] = ["queued", "sending", "sent", "delivered", "read", "failed", "unknown", "superseded"];
    expect(all.filter((status) => mayResend(outbound(status)))).toEqual(["failed", "unknown"]);
  });
});

describe("the moves", () => {
  const of = (status: (typeof CONVERSATION_STATUSES)[number], assignee: string | null = null) =>
    Object.entries(movesOf({ status, assignee }, "me"))
      .filter(([, may]) => may)
      .map(([move]) => move);

  it("are those that can succeed", () => {
    expect(of("waiting")).toEqual(["claim", "resolve", "release", "assign"]);
    expect(of("bot")).toEqual(["claim", "resolve", "handoff", "assign"]);
    expect(of("human", "me")).toEqual(["resolve", "release", "assign"]);
    expect(of("human", "other")).toEqual(["resolve", "release", "assign"]);
    expect(of("human")).toContain("claim");
    expect(of("resolved")).toEqual([]);
  });
});

describe("canned replies", () => {
  const replies: CannedReply[] = [
    { id: "1", title: "Where we are", text: "Next to the library" },
    { id: "2", title: "Refund", text: "Within three days" },
    { id: "3", title: "No refund", text: "Sorry" },
    { id: "4", title: "Sorry", text: "A refund is on its way" },
  ];

  it("are looked for by a draft that begins with a slash and stays on its line", () => {
    expect([wantedIn("/"), wantedIn("/ref"), wantedIn("a/b"), wantedIn("/a\nb"), wantedIn("")]).toEqual([
      "",
      "ref",
      null,
      null,
      null,
    ]);
  });

  it("are found by their beginning first, then anywhere", () => {
    expect(matching(replies, "REF").map(({ id }) => id)).toEqual(["2", "3", "4"]);
    expect(matching(replies, "")).toHaveLength(4);
    expect(matching(replies, "xyz")).toEqual([]);
  });
});

it("reads a template with what is filled in, in order", () => {
  const form = new FormData();
  form.set("name", " order_update ");
  form.set("language", "ar");
  form.set("category", "utility");
  form.set("parameters", "Noura\n\n 4711 ");
  expect(readTemplate(form)).toEqual({
    name: "order_update",
    language: "ar",
    category: "utility",
    parameters: ["Noura", "4711"],
  });
});

it("masks identities so that only their end is told", () => {
  expect(mask("966501234567")).toBe("••••4567");
  expect(mask("123456")).toBe("••••56");
  expect(mask("1234")).toBe("••••");
  expect(mask("noura@example.com")).toBe("n•••@example.com");
});

it("remembers the newest that was seen of each conversation, and forgets the oldest conversations", () => {
  const first = withSeen({}, "a", "2026-01-01");
  expect(withSeen(first, "a", "2025-12-31")).toBe(first);
  expect(withSeen({ a: "2026-01-01", b: "2026-01-03" }, "c", "2026-01-02", 2)).toEqual({
    b: "2026-01-03",
    c: "2026-01-02",
  });
});

it("puts a message that was sent first, and one that is known in its place", () => {
  const client = new QueryClient();
  const message = (id: string, status: MessageStatus) => ({ id, status }) as Message;
  const key = messagesKey("conv_1");
  const ids = () =>
    client
      .getQueryData<InfiniteData<Page<Message>>>(key)
      ?.pages.flatMap((page) => page.data.map(({ id, status }) => `${id} ${status}`));
  putMessage(client, "conv_1", message("b", "queued"));
  expect(ids()).toBeUndefined();
  client.setQueryData(key, { pages: [{ data: [message("a", "sent")], next_cursor: null }], pageParams: [null] });
  putMessage(client, "conv_1", message("b", "queued"));
  putMessage(client, "conv_1", message("a", "read"));
  expect(ids()).toEqual(["b queued", "a read"]);
});
