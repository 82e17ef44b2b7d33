import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { parseNews, Reader } from "./news";

const told = (event: string, conversation_id = "conv_1") =>
  JSON.stringify({ event, conversation_id, message_id: null });

describe("parseNews", () => {
  it("knows the events about conversations and channels and nothing else", () => {
    expect(parseNews(told("message_changed"))).toEqual({ event: "message_changed", conversation_id: "conv_1" });
    expect(parseNews('{"event":"missed"}')).toBe("missed");
    expect(parseNews('{"event":"channel","channel_id":"chn_1"}')).toBe("channel");
    for (const text of [told("job"), '{"event":"message"}', "null", "3", "{"]) expect(parseNews(text)).toBeNull();
  });
});

describe("Reader", () => {
  let invalidate: ReturnType<typeof vi.fn>;
  let onTyping: ReturnType<typeof vi.fn<(conversation: string, typing: boolean) => void>>;
  let reader: Reader;
  const read = () => invalidate.mock.calls.map(([filter]) => (filter as { queryKey: string[] }).queryKey.join(" "));

  beforeEach(() => {
    vi.useFakeTimers();
    const client = new QueryClient();
    invalidate = vi.fn(() => Promise.resolve());
    client.invalidateQueries = invalidate as typeof client.invalidateQueries;
    onTyping = vi.fn();
    reader = new Reader(client, onTyping);
  });
  afterEach(() => {
    reader.stop();
    vi.useRealTimers();
  });

  it("reads the thread and the lists at once after a message", () => {
    reader.hear(told("message"));
    expect(read()).toEqual(["messages conv_1", "conversations"]);
    expect(onTyping).toHaveBeenCalledExactlyOnceWith("conv_1", false);
  });

  it("leaves the lists alone when only a tick changed, and the thread when only its owner did", () => {
    reader.hear(told("message_changed", "conv_1"));
    reader.hear(told("conversation", "conv_2"));
    expect(read()).toEqual(["messages conv_1", "conversations"]);
  });

  it("gathers a burst into one more reading", () => {
    for (let count = 0; count < 50; count++) reader.hear(told("message"));
    expect(read()).toEqual(["messages conv_1", "conversations"]);
    vi.advanceTimersByTime(1_000);
    expect(read().filter((key) => key === "conversations")).toHaveLength(2);
    expect(read().filter((key) => key === "messages conv_1")).toHaveLength(2);
    vi.advanceTimersByTime(60_000);
    expect(read()).toHaveLength(4);
  });

  it("reads everything when something was missed", () => {
    reader.hear('{"event":"missed"}');
    expect(read()).toEqual(["conversations", "messages"]);
  });

  it("reads the channels when one of them has changed", () => {
    reader.hear('{"event":"channel","channel_id":"chn_1"}');
    expect(read()).toEqual(["channels"]);
  });

  it("reads nothing for somebody who types", () => {
    reader.hear(told("typing"));
    expect(read()).toEqual([]);
    expect(onTyping).toHaveBeenCalledExactlyOnceWith("conv_1", true);
  });
});
