import { describe, expect, it } from "vitest";

import { readEvents, SseParser, type SseEvent } from "./sse";

const STREAM =
  "\uFEFF: hello\r\nretry: 100\r\n\r\nevent: delta\r\ndata: one\r\ndata:two\r\nid: 7\r\n\r\ndata\n\rdata:  مرحبا 👋\r\r\nevent: lost\n\n";

const EVENTS: SseEvent[] = [
  { event: "delta", data: "one\ntwo", id: "7" },
  { event: "message", data: "", id: "7" },
  { event: "message", data: " مرحبا 👋", id: "7" },
];

describe("SseParser", () => {
  it("reads fields, comments, line ends of all kinds and drops events without data", () => {
    expect(new SseParser().push(STREAM)).toEqual(EVENTS);
  });

  it("reads the same whatever pieces the stream comes in", () => {
    for (let size = 1; size < STREAM.length; size++) {
      const parser = new SseParser();
      const events: SseEvent[] = [];
      for (let at = 0; at < STREAM.length; at += size) events.push(...parser.push(STREAM.slice(at, at + size)));
      expect(events, `pieces of ${size}`).toEqual(EVENTS);
    }
  });

  it("keeps an unfinished event to itself", () => {
    expect(new SseParser().push("data: half\n")).toEqual([]);
  });
});

describe("readEvents", () => {
  it("joins letters that were cut between two pieces and releases the stream", async () => {
    const bytes = new TextEncoder().encode("data: قهوة\n\n");
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      },
      cancel() {
        cancelled = true;
      },
    });
    for await (const event of readEvents(body)) {
      expect(event.data).toBe("قهوة");
      break;
    }
    expect(cancelled).toBe(true);
  });
});
