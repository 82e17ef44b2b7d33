/** Staying connected to a stream of events. */
import { useEffect, useEffectEvent, useState } from "react";

import { send } from "./client";
import { ApiError } from "./problem";
import { readEvents, type SseEvent } from "./sse";

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

export interface Listener {
  onOpen: () => void;
  onEvent: (event: SseEvent) => void;
  onLost: () => void;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Refused for good: asking again would change nothing. */
const isFinal = (error: unknown) =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;

/** Reads the stream and connects again, each time later, until aborted or refused. */
export async function follow(path: string, listener: Listener, signal: AbortSignal): Promise<void> {
  let delay = FIRST_DELAY_MS;
  let lastId = "";
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (lastId !== "") headers["Last-Event-ID"] = lastId;
      const response = await send(path, { headers, signal });
      if (response.body === null) return;
      listener.onOpen();
      for await (const event of readEvents(response.body)) {
        delay = FIRST_DELAY_MS;
        lastId = event.id;
        listener.onEvent(event);
      }
    } catch (error) {
      if (isFinal(error)) return;
    }
    listener.onLost();
    await pause(delay * (0.5 + Math.random() / 2), signal);
    delay = Math.min(delay * 2, LONGEST_DELAY_MS);
  }
}

/** Listens while mounted and `path` is not null; tells whether it is connected. */
export function useLive(path: string | null, onEvent: (event: SseEvent) => void): boolean {
  const [connected, setConnected] = useState(false);
  const handle = useEffectEvent(onEvent);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    const listener: Listener = {
      onOpen: () => setConnected(true),
      onEvent: (event) => handle(event),
      onLost: () => {
        if (!stop.signal.aborted) setConnected(false);
      },
    };
    void follow(path, listener, stop.signal);
    return () => {
      stop.abort();
      setConnected(false);
    };
  }, [path]);
  return connected && path !== null;
}
