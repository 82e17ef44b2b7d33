/** Where an answer is being written right now. It is forgotten when nothing more is heard. */
import { useSyncExternalStore } from "react";

const SHOWN_MS = 6_000;

const timers = new Map<string, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();

export function setTyping(conversation: string, typing: boolean): void {
  const timer = timers.get(conversation);
  if (timer !== undefined) clearTimeout(timer);
  else if (!typing) return;
  if (typing) {
    const forget = () => setTyping(conversation, false);
    timers.set(conversation, setTimeout(forget, SHOWN_MS));
  } else timers.delete(conversation);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useTyping = (conversation: string) => useSyncExternalStore(subscribe, () => timers.has(conversation));
