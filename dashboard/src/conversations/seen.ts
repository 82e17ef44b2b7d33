/** What this browser has shown of each conversation, so that the rest can be marked as unread. */
import { useSyncExternalStore } from "react";

import { session } from "../api/session";

const STORAGE_KEY = "wafaa.seen";
/** The oldest are forgotten: conversations that nobody has touched for long. */
const KEPT = 500;

type Seen = Readonly<Record<string, string>>;

function stored(): Seen {
  try {
    return (JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}") ?? {}) as Seen;
  } catch {
    return {};
  }
}

let seen = stored();
const listeners = new Set<() => void>();

function change(next: Seen): void {
  seen = next;
  localStorage.setItem(STORAGE_KEY, JSON.stringify(next));
  for (const listener of listeners) listener();
}

/** With one more conversation seen as it was at `at`; nothing new when it had been. */
export function withSeen(seen: Seen, conversation: string, at: string, kept = KEPT): Seen {
  if ((seen[conversation] ?? "") >= at) return seen;
  const others = Object.entries(seen).filter(([id]) => id !== conversation);
  const newest = others.sort(([, one], [, other]) => other.localeCompare(one)).slice(0, kept - 1);
  return Object.fromEntries([...newest, [conversation, at]]);
}

export function markSeen(conversation: string, lastMessageAt: string): void {
  const next = withSeen(seen, conversation, lastMessageAt);
  if (next !== seen) change(next);
}

session.subscribe(() => {
  if (!session.isSignedIn()) change({});
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSeen(): Seen {
  return useSyncExternalStore(subscribe, () => seen);
}

export const isUnread = (seen: Seen, conversation: string, lastMessageAt: string) =>
  (seen[conversation] ?? "") < lastMessageAt;
