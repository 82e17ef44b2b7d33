/** One question and its answer, streamed where the server streams. */
import { send } from "../api/client";
import { parseProblem } from "../api/problem";
import { readEvents, type SseEvent } from "../api/sse";
import type { Answer } from "../api/types";

export type AnswerEvent = { delta: string } | { done: Answer };

const isAnswer = (value: object): value is Answer => "answer" in value && "citations" in value;

/** What an event says; null when it says nothing about the answer. */
export function parseAnswerEvent({ event, data }: SseEvent): AnswerEvent | null {
  if (event === "error") throw parseProblem(500, data);
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof parsed === "string") return { delta: parsed };
  if (typeof parsed !== "object" || parsed === null) return null;
  if (isAnswer(parsed)) return { done: parsed };
  const { delta, text } = parsed as { delta?: unknown; text?: unknown };
  const more = delta ?? text;
  return typeof more === "string" ? { delta: more } : null;
}

/** Asks, tells each piece, and returns the whole. A server that answers at once in JSON is fine too. */
export async function ask(question: string, onDelta: (text: string) => void, signal: AbortSignal): Promise<Answer> {
  const response = await send("/api/v1/ask", {
    method: "POST",
    body: { question, stream: true },
    headers: { Accept: "text/event-stream, application/json" },
    signal,
  });
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream") || response.body === null) return (await response.json()) as Answer;
  for await (const event of readEvents(response.body)) {
    const part = parseAnswerEvent(event);
    if (part === null) continue;
    if ("done" in part) return part.done;
    onDelta(part.delta);
  }
  throw parseProblem(502, "");
}
