import { describe, expect, it, vi } from "vitest";

import type { Answer } from "../api/types";
import { splitMarkers } from "./markers";
import { ask } from "./stream";

const ANSWER: Answer = { answer: "Yes [1].", answered: true, confidence: 0.9, citations: [], model: "extractive" };
const answerWith = (body: string, type: string) =>
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { headers: { "Content-Type": type } })));

describe("splitMarkers", () => {
  it("cuts at the markers that have a citation", () => {
    expect(splitMarkers("Falafel [1][2], not [3] or [0].", 2)).toEqual([
      { text: "Falafel " },
      { citation: 1 },
      { citation: 2 },
      { text: ", not [3] or [0]." },
    ]);
  });
});

describe("ask", () => {
  it("tells the pieces and returns the whole", async () => {
    const events = [
      'event: delta\ndata: {"text":"Yes"}',
      ": still here",
      'event: delta\ndata: {"text":" [1]."}',
      `event: done\ndata: ${JSON.stringify(ANSWER)}`,
    ];
    answerWith(events.join("\n\n") + "\n\n", "text/event-stream");
    const pieces: string[] = [];
    const answer = await ask("?", (text) => pieces.push(text), new AbortController().signal);
    expect(pieces).toEqual(["Yes", " [1]."]);
    expect(answer).toEqual(ANSWER);
  });

  it("takes an answer in JSON as well", async () => {
    answerWith(JSON.stringify(ANSWER), "application/json; charset=utf-8");
    expect(await ask("?", () => undefined, new AbortController().signal)).toEqual(ANSWER);
  });

  it("fails when the stream breaks off or tells of an error", async () => {
    answerWith('event: delta\ndata: {"text":"Yes"}\n\n', "text/event-stream");
    await expect(ask("?", () => undefined, new AbortController().signal)).rejects.toMatchObject({ status: 502 });
    answerWith('event: error\ndata: {"code":"provider_unavailable","detail":"later"}\n\n', "text/event-stream");
    await expect(ask("?", () => undefined, new AbortController().signal)).rejects.toMatchObject({
      code: "provider_unavailable",
    });
  });
});
