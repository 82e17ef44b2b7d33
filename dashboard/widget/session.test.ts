import { beforeEach, describe, expect, it, vi } from "vitest";

import type { SseEvent } from "../src/api/sse";
import { type Api, type Conversation, type Message, Refused, type Words } from "./api";
import { type Listener, Session, Store } from "./session";

/** The server's side of the chat: what it was asked, and events to be told. */
class Server {
  asked: string[] = [];
  tell: SseEvent[][] = [];
  known = new Set<string>();
  private begun = 0;

  begin(former: string | null): Promise<Conversation> {
    this.asked.push(`begin ${former ?? ""}`.trim());
    const id = `conv${++this.begun}`;
    this.known.add(id);
    return Promise.resolve({ id, visitor_token: `token${this.begun}`, status: "bot" });
  }

  say(conversation: Conversation, { id, text, choice }: Words): Promise<Message> {
    this.asked.push(["say", conversation.id, text, choice].filter(Boolean).join(" "));
    if (!this.known.has(conversation.id)) return Promise.reject(new Refused(404, 0));
    return Promise.resolve(message(1, text, id));
  }

  async *events(conversation: Conversation, after: number): AsyncGenerator<SseEvent> {
    this.asked.push(`events ${conversation.id} ${after}`);
    if (!this.known.has(conversation.id)) throw new Refused(404, 0);
    yield* this.tell.shift() ?? [];
    // Open as long as there is no more to tell.
    if (this.tell.length === 0) await new Promise(() => undefined);
  }
}

function message(seq: number, text: string, clientId?: string): Message {
  return { id: `msg${seq}`, seq, from: clientId ? "visitor" : "bot", text, client_id: clientId ?? null, at: "" };
}

function told(one: Message): SseEvent {
  return { event: "message", data: JSON.stringify(one), id: `${one.seq}` };
}

function session(server: Server): { session: Session; shown: string[]; reset: () => number } {
  const shown: string[] = [];
  let resets = 0;
  const listener: Listener = {
    message: (one) => shown.push(`${one.seq} ${one.text ?? ""}`),
    typing: () => undefined,
    status: (status) => shown.push(status),
    online: () => undefined,
    pending: () => undefined,
    reset: () => resets++,
  };
  const made = new Session(server as unknown as Api, new Store("wafaa:test:"), "en", listener);
  return { session: made, shown, reset: () => resets };
}

describe("Session", () => {
  beforeEach(() => {
    localStorage.clear();
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it("begins when something is said and shows each message once", async () => {
    const server = new Server();
    server.tell = [[told(message(1, "Hello", "c1")), told(message(2, "Hi!"))]];
    const { session: chat, shown } = session(server);
    chat.resume();
    expect(server.asked).toEqual([]);
    chat.queue.add("Hello", "c1");
    await vi.advanceTimersByTimeAsync(10);
    expect(server.asked).toEqual(["begin", "events conv1 0", "say conv1 Hello"]);
    expect(shown).toEqual(["1 Hello", "2 Hi!"]);
    expect(chat.queue.waiting).toEqual([]);
  });

  it("goes on after the last message when the connection breaks", async () => {
    const server = new Server();
    server.tell = [[told(message(1, "one"))], [told(message(2, "two"))]];
    const { session: chat, shown } = session(server);
    chat.queue.add("Hello", "c1");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.asked.filter((one) => one.startsWith("events"))).toEqual(["events conv1 0", "events conv1 1"]);
    expect(shown).toContain("2 two");
  });

  it("begins anew when the server has forgotten the conversation, and loses nothing", async () => {
    const server = new Server();
    const gone: Conversation = { id: "gone", visitor_token: "old", status: "bot" };
    localStorage.setItem("wafaa:test:conversation", JSON.stringify(gone));
    const { session: chat, reset } = session(server);
    chat.resume();
    chat.queue.add("Hello", "c1");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.asked).toContain("say gone Hello");
    expect(server.asked).toContain("say conv1 Hello");
    expect(server.asked).toContain("events conv1 0");
    expect(reset()).toBe(1);
    expect(chat.queue.waiting).toEqual([]);
  });
});
