import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Socket, TOKEN_REFUSED, type Ends, type Wire } from "./socket";

class FakeWire implements Wire {
  onopen: Wire["onopen"] = null;
  onmessage: Wire["onmessage"] = null;
  onclose: Wire["onclose"] = null;
  send = vi.fn<(text: string) => void>();
  close = vi.fn<() => void>();
}

let wires: FakeWire[];
let ends: { [name in keyof Ends]-?: Ends[name] } & { token: ReturnType<typeof vi.fn<Ends["token"]>> };
let time: number;

const last = (): FakeWire => {
  const wire = wires.at(-1);
  if (!wire) throw new Error("nothing was opened");
  return wire;
};
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  wires = [];
  time = 0;
  ends = {
    open: () => {
      const wire = new FakeWire();
      wires.push(wire);
      return wire;
    },
    token: vi.fn(() => Promise.resolve("token-1")),
    refresh: vi.fn(() => Promise.resolve("token-2")),
    onState: vi.fn(),
    onMessage: vi.fn(),
    now: () => time,
    random: () => 1,
  };
});
afterEach(() => {
  vi.useRealTimers();
});

describe("Socket", () => {
  it("says who it is first, then passes on what it hears", async () => {
    new Socket(ends);
    await pass(0);
    last().onopen?.();
    expect(last().send).toHaveBeenCalledExactlyOnceWith('{"token":"token-1"}');
    expect(ends.onState).not.toHaveBeenCalled();
    last().onmessage?.({ data: "{}" });
    last().onmessage?.({ data: "{}" });
    expect(ends.onState).toHaveBeenCalledExactlyOnceWith(true);
    expect(ends.onMessage).toHaveBeenCalledTimes(2);
  });

  it("waits twice as long after each failure, half a minute at most", async () => {
    new Socket(ends);
    await pass(0);
    for (const delay of [1, 2, 4, 8, 16, 30, 30]) {
      const before = wires.length;
      last().onclose?.({ code: 1006 });
      await pass(delay * 1000 - 1);
      expect(wires.length).toBe(before);
      await pass(1);
      expect(wires.length).toBe(before + 1);
    }
    expect(ends.onState).not.toHaveBeenCalledWith(true);
  });

  it("comes back soon after a connection that was steady", async () => {
    new Socket(ends);
    await pass(0);
    last().onclose?.({ code: 1006 });
    await pass(1000);
    last().onopen?.();
    time = 10_000;
    last().onclose?.({ code: 1001 });
    expect(ends.onState).toHaveBeenLastCalledWith(false);
    await pass(1000);
    expect(wires.length).toBe(3);
  });

  it("asks for a fresh token when its own is refused", async () => {
    new Socket(ends);
    await pass(0);
    last().onopen?.();
    last().onclose?.({ code: TOKEN_REFUSED });
    await pass(1000);
    expect(ends.refresh).toHaveBeenCalledExactlyOnceWith("token-1");
    expect(wires.length).toBe(2);
  });

  it("tries at once when the network is back", async () => {
    const socket = new Socket(ends);
    await pass(0);
    last().onclose?.({ code: 1006 });
    await pass(0);
    socket.hurry();
    await pass(0);
    expect(wires.length).toBe(2);
    await pass(60_000);
    expect(wires.length).toBe(2);
  });

  it("ends when it is stopped or nobody is signed in", async () => {
    const socket = new Socket(ends);
    await pass(0);
    socket.stop();
    last().onclose?.({ code: 1000 });
    await pass(60_000);
    expect(wires.length).toBe(1);
    ends.token.mockResolvedValue(null);
    new Socket(ends);
    await pass(60_000);
    expect(wires.length).toBe(1);
  });
});
