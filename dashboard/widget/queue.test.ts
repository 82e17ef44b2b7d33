import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Refused } from "./api";
import { Queue, type Said } from "./queue";

let kept: Said[] = [];
let sent: string[] = [];

function queue(send: (said: Said) => Promise<void>): Queue {
  return new Queue({ get: () => kept, set: (said) => (kept = said) }, send, () => undefined);
}

const take = (said: Said): Promise<void> => {
  sent.push(said.text);
  return Promise.resolve();
};

describe("Queue", () => {
  beforeEach(() => {
    kept = [];
    sent = [];
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it("sends in order and forgets what was taken", async () => {
    const said = queue(take);
    said.add("one");
    said.add("two");
    await vi.runAllTimersAsync();
    expect(sent).toEqual(["one", "two"]);
    expect(kept).toEqual([]);
  });

  it("keeps what can't be sent, also for the next page, and tries again with the same id", async () => {
    const ids: string[] = [];
    let down = true;
    const said = queue((one) => {
      ids.push(one.id);
      return down ? Promise.reject(new TypeError("no connection")) : take(one);
    });
    said.add("one");
    await vi.advanceTimersByTimeAsync(900);
    expect(kept.map((one) => one.text)).toEqual(["one"]);
    down = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(sent).toEqual(["one"]);
    expect(new Set(ids).size).toBe(1);
    expect(kept).toEqual([]);
  });

  it("waits as long as the server says", async () => {
    let refusals = 1;
    const said = queue((one) => (refusals-- > 0 ? Promise.reject(new Refused(429, 5_000)) : take(one)));
    said.add("one");
    await vi.advanceTimersByTimeAsync(4_900);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(sent).toEqual(["one"]);
  });

  it("goes on after what is refused for good, which only the visitor has sent again", async () => {
    let refuses = true;
    const said = queue((one) => (refuses && one.text === "bad" ? Promise.reject(new Refused(422, 0)) : take(one)));
    said.add("bad", "1");
    said.add("good");
    await vi.runAllTimersAsync();
    expect(sent).toEqual(["good"]);
    expect(kept).toEqual([{ id: "1", text: "bad", failed: true }]);
    refuses = false;
    said.retry("1");
    await vi.runAllTimersAsync();
    expect(sent).toEqual(["good", "bad"]);
    expect(kept).toEqual([]);
  });

  it("remembers what was chosen, also when it is tried again", async () => {
    const chosen: (string | undefined)[] = [];
    let refuses = true;
    const said = queue((one) => {
      chosen.push(one.choice);
      return refuses ? Promise.reject(new Refused(422, 0)) : take(one);
    });
    said.add("Talk to a person", "1", "wafaa:person");
    await vi.runAllTimersAsync();
    refuses = false;
    said.retry("1");
    await vi.runAllTimersAsync();
    expect(chosen).toEqual(["wafaa:person", "wafaa:person"]);
    expect(kept).toEqual([]);
  });

  it("does not send what the server has told us of", async () => {
    kept = [{ id: "1", text: "one" }];
    const said = queue(take);
    said.done("1");
    await said.run();
    expect(sent).toEqual([]);
  });
});
