/** The endpoints of the tenant's own systems, and what was sent to them. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { call, create } from "../api/client";
import type { CreatedWebhook, Webhook, WebhookDelivery } from "../api/conversation";
import { useList } from "../api/paging";

const PATH = "/api/v1/webhooks";
const WEBHOOKS = ["webhooks"] as const;
const PENDING_REFETCH_MS = 5_000;

/** What an endpoint may be told of. */
export const EVENTS = [
  "message.received",
  "message.sent",
  "message.failed",
  "conversation.handed_off",
  "conversation.escalated",
  "conversation.claimed",
  "conversation.resolved",
  "channel.reconnect",
  "channel.expiring",
] as const;

export interface Endpoint {
  url: string;
  events: string[];
}

export const useWebhooks = () => useList<Webhook>(WEBHOOKS, PATH);

function useWebhookMutation<T, R>(mutationFn: (variables: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: WEBHOOKS }) });
}

export const useChangeWebhook = () =>
  useWebhookMutation(({ id, ...change }: { id: string; enabled?: boolean } & Partial<Endpoint>) =>
    call<Webhook>(`${PATH}/${id}`, { method: "PATCH", body: change }),
  );

export const useDeleteWebhook = () => useWebhookMutation((id: string) => call(`${PATH}/${id}`, { method: "DELETE" }));

export function useCreateWebhook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (endpoint: Endpoint) => create<CreatedWebhook>(PATH, endpoint),
    onSuccess: () => client.invalidateQueries({ queryKey: WEBHOOKS }),
    // The secret must not outlive the dialog that shows it.
    gcTime: 0,
  });
}

export const useDeliveries = (webhook: string) =>
  useList<WebhookDelivery>([...WEBHOOKS, webhook, "deliveries"], `${PATH}/${webhook}/deliveries`, {
    refetchAfter: (rows) => (rows.some(({ status }) => status === "pending") ? PENDING_REFETCH_MS : false),
  });

export const useReplay = (webhook: string) =>
  useWebhookMutation((delivery: string) =>
    call(`${PATH}/${webhook}/deliveries/${delivery}/replay`, { method: "POST" }),
  );
