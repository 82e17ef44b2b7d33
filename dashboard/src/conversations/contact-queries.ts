/** The person behind a conversation, and what may be done with what is kept of them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, send } from "../api/client";
import type { Contact, Conversation } from "../api/conversation";
import { useList } from "../api/paging";
import { contactKey, CONVERSATIONS } from "./keys";

const path = (id: string, rest = "") => `/api/v1/contacts/${id}${rest}`;

export const useContact = (id: string) =>
  useQuery({ queryKey: contactKey(id), queryFn: ({ signal }) => call<Contact>(path(id), { signal }) });

export interface ContactChange {
  name?: string;
  language?: string;
  opted_out?: boolean;
}

export function useChangeContact(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: ContactChange) => call<Contact>(path(id), { method: "PATCH", body: change }),
    onSuccess: (contact) => client.setQueryData(contactKey(id), contact),
    onSettled: () => client.invalidateQueries({ queryKey: CONVERSATIONS }),
  });
}

export const useExport = (id: string) =>
  useMutation({ mutationFn: async () => (await send(path(id, "/export"))).blob() });

export function useErase(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call(path(id), { method: "DELETE" }),
    onSettled: () => client.invalidateQueries({ queryKey: CONVERSATIONS }),
  });
}

/** What else they have talked about. */
export const useConversationsOf = (contact: string) =>
  useList<Conversation>([...CONVERSATIONS, "of", contact], "/api/v1/conversations", { query: { contact }, limit: 6 });
