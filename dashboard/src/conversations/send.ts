/** The outbox of this browser: to the server, and what it answers into the cache. */
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";

import { call } from "../api/client";
import type { Message } from "../api/conversation";
import { session } from "../api/session";
import type { Page } from "../api/types";
import { queryClient } from "../query-client";
import { CONVERSATIONS, messagesKey } from "./keys";
import { Outbox, type Pending } from "./outbox";

/** Puts a message among those that were read: in its place, or as the newest. */
export function putMessage(client: QueryClient, conversation: string, message: Message): void {
  client.setQueryData<InfiniteData<Page<Message>>>(messagesKey(conversation), (data) => {
    const first = data?.pages[0];
    if (data === undefined || first === undefined) return data;
    const known = data.pages.some((page) => page.data.some(({ id }) => id === message.id));
    const pages = known
      ? data.pages.map((page) => ({ ...page, data: page.data.map((it) => (it.id === message.id ? message : it)) }))
      : [{ ...first, data: [message, ...first.data] }, ...data.pages.slice(1)];
    return { ...data, pages };
  });
}

async function deliver({ conversation, kind, text, choices, key }: Pending): Promise<void> {
  const message = await call<Message>(
    `/api/v1/conversations/${conversation}/${kind === "note" ? "notes" : "messages"}`,
    { method: "POST", body: { text, ...choices }, headers: { "Idempotency-Key": key } },
  );
  putMessage(queryClient, conversation, message);
  // A reply takes the conversation over, and a long one is sent in parts.
  void queryClient.invalidateQueries({ queryKey: messagesKey(conversation) });
  void queryClient.invalidateQueries({ queryKey: CONVERSATIONS });
}

export const outbox = new Outbox(deliver);

session.subscribe(() => {
  if (!session.isSignedIn()) outbox.clear();
});

export function usePending(conversation: string): readonly Pending[] {
  const all = useSyncExternalStore(outbox.subscribe, outbox.all);
  return useMemo(() => all.filter((entry) => entry.conversation === conversation), [all, conversation]);
}
