import { expect, it } from "vitest";

import { numbersByLane } from "./lane-tiles";

it("adds up the states of each lane and leaves out the idle ones", () => {
  const numbers = numbersByLane({
    counts: [
      { lane: "ingest", kind: "chunk", state: "ready", jobs: 2 },
      { lane: "ingest", kind: "embed", state: "dispatched", jobs: 3 },
      { lane: "ingest", kind: "embed", state: "running", jobs: 1 },
      { lane: "ingest", kind: "ingest", state: "dead", jobs: 4 },
      { lane: "ingest", kind: "ingest", state: "succeeded", jobs: 9 },
    ],
    lanes: [{ lane: "reply", oldest_ready_ms: 1500, succeeded_last_minute: 7 }],
  });
  expect(numbers).toEqual([
    { lane: "reply", running: 0, waiting: 0, dead: 0, perMinute: 7, oldestMs: 1500 },
    { lane: "ingest", running: 1, waiting: 5, dead: 4, perMinute: 0, oldestMs: 0 },
  ]);
});
