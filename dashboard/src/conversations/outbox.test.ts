import { describe, expect, it, vi } from "vitest";

import { Outbox, type Pending } from "./outbox";

/** A server that answers when it is told to. */
function slowServer() {
  const asked: { entry: Pending; answer: () => void; refuse: (error: Error) => void }[] = [];
  const deliver = (entry: Pending) =>
    new Promise<void>((answer, refuse) => {
      asked.push({ entry, answer, refuse });
    });
  return { asked, deliver };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const reply = (text: string, conversation = "conv_1") => ({ conversation, kind: "reply" as const, text });

describe("Outbox", () => {
  it("shows what was written at once and lets go of it when the server has it", async () => {
    const { asked, deliver } = slowServer();
    const outbox = new Outbox(deliver);
    const changed = vi.fn();
    outbox.subscribe(changed);
    outbox.put(reply("hello"));
    expect(outbox.all()).toMatchObject([{ text: "hello", state: "sending" }]);
    expect(changed).toHaveBeenCalled();
    asked[0]?.answer();
    await settled();
    expect(outbox.all()).toEqual([]);
  });

  it("sends those of one conversation one after another, and others meanwhile", async () => {
    const { asked, deliver } = slowServer();
    const outbox = new Outbox(deliver);
    outbox.put(reply("one"));
    outbox.put(reply("two"));
    outbox.put(reply("elsewhere", "conv_2"));
    expect(asked.map(({ entry }) => entry.text)).toEqual(["one", "elsewhere"]);
    asked[0]?.answer();
    await settled();
    expect(asked.map(({ entry }) => entry.text)).toEqual(["one", "elsewhere", "two"]);
  });

  it("keeps what was refused, and tries it again under the same key", async () => {
    const { asked, deliver } = slowServer();
    const outbox = new Outbox(deliver);
    outbox.put(reply("hello"));
    const key = asked[0]?.entry.key ?? "";
    asked[0]?.refuse(new Error("offline"));
    await settled();
    expect(outbox.all()).toMatchObject([{ state: "failed", error: new Error("offline") }]);
    outbox.retry(key);
    expect(asked[1]?.entry.key).toBe(key);
    asked[1]?.answer();
    await settled();
    expect(outbox.all()).toEqual([]);
  });

  it("goes on with the next when one was refused, and forgets what is dropped", async () => {
    const { asked, deliver } = slowServer();
    const outbox = new Outbox(deliver);
    outbox.put(reply("one"));
    outbox.put(reply("two"));
    asked[0]?.refuse(new Error("no"));
    await settled();
    expect(asked[1]?.entry.text).toBe("two");
    outbox.drop(asked[0]?.entry.key ?? "");
    expect(outbox.all().map(({ text }) => text)).toEqual(["two"]);
  });
});
