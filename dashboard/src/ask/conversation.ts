/** The questions asked on this page since it was loaded, newest first. */
import { useEffect, useRef, useState } from "react";

import type { Answer } from "../api/types";
import { ask } from "./stream";

export interface Turn {
  id: number;
  question: string;
  state: "answering" | "answered" | "stopped" | "failed";
  /** What has arrived so far. */
  partial: string;
  answer: Answer | null;
  error: unknown;
}

export function useConversation() {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const running = useRef<AbortController | null>(null);
  const count = useRef(0);
  useEffect(() => () => running.current?.abort(), []);

  const put = async (question: string) => {
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    const id = ++count.current;
    const patch = (change: (turn: Turn) => Partial<Turn>) =>
      setTurns((turns) => turns.map((turn) => (turn.id === id ? { ...turn, ...change(turn) } : turn)));
    setTurns((turns) => [{ id, question, state: "answering", partial: "", answer: null, error: null }, ...turns]);
    try {
      const answer = await ask(question, (text) => patch((turn) => ({ partial: turn.partial + text })), stop.signal);
      patch(() => ({ state: "answered", answer }));
    } catch (error) {
      patch(() => (stop.signal.aborted ? { state: "stopped" } : { state: "failed", error }));
    }
  };

  return {
    turns,
    isAnswering: turns.some((turn) => turn.state === "answering"),
    put: (question: string) => void put(question),
    stop: () => running.current?.abort(),
  };
}
