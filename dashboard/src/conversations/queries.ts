/** The conversations of the tenant in the cache, and what can be done to one. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call } from "../api/client";
import type { Conversation, Message, Priority, TimelineEntry } from "../api/conversation";
import { useList } from "../api/paging";
import type { Filter } from "./filter";
import { CONVERSATIONS, messagesKey, timelineKey } from "./keys";
import { usePoll } from "./live";
import { putMessage } from "./send";

const path = (id: string, rest = "") => `/api/v1/conversations/${id}${rest}`;

export function useConversations({ status, channel, assignee, q }: Filter) {
  const poll = usePoll();
  return useList<Conversation>([...CONVERSATIONS, "list", status, channel, assignee, q], "/api/v1/conversations", {
    query: { status, channel, assignee, q },
    limit: 30,
    refetchAfter: () => poll,
  });
}

export function useConversation(id: string) {
  const poll = usePoll();
  return useQuery({
    queryKey: [...CONVERSATIONS, "one", id],
    queryFn: ({ signal }) => call<Conversation>(path(id), { signal }),
    refetchInterval: poll,
  });
}

/** Oldest first; pages lead into the past. */
export function useMessages(conversation: string) {
  const poll = usePoll();
  const list = useList<Message>(messagesKey(conversation), path(conversation, "/messages"), {
    refetchAfter: () => poll,
  });
  return { ...list, rows: list.rows.toSorted((one, other) => one.seq - other.seq) };
}

export const useTimeline = (message: Message) =>
  useQuery({
    queryKey: [...timelineKey(message.id), message.status],
    queryFn: ({ signal }) => call<{ data: TimelineEntry[] }>(`/api/v1/messages/${message.id}/timeline`, { signal }),
    select: ({ data }) => data,
  });

export type Move =
  { to: "claim" | "release" | "resolve" } | { to: "handoff"; priority: Priority } | { to: "assign"; member: string };

function bodyOf(move: Move): object {
  if (move.to === "handoff") return { priority: move.priority };
  return move.to === "assign" ? { member_id: move.member } : {};
}

/** Moves a conversation between the bot, the queue and people. */
export function useMove(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (move: Move) => call<Conversation>(path(id, `/${move.to}`), { method: "POST", body: bodyOf(move) }),
    onSuccess: (conversation) => client.setQueryData([...CONVERSATIONS, "one", id], conversation),
    // After a refusal too: somebody else was faster, and what is shown is out of date.
    onSettled: () => client.invalidateQueries({ queryKey: CONVERSATIONS }),
  });
}

export function useResend(conversation: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call<Message>(`/api/v1/messages/${id}/resend`, { method: "POST" }),
    onSuccess: (message) => putMessage(client, conversation, message),
    onSettled: () => client.invalidateQueries({ queryKey: messagesKey(conversation) }),
  });
}
