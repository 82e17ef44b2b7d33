/** The channels of the tenant, and what can be done to one. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { call, create } from "../api/client";
import type { Channel, ChannelHealth, ChannelKind } from "../api/conversation";
import type { ChannelBody } from "./channel-kinds";
import { logIn } from "./meta-login";
import { CHANNELS } from "./queries";

const PATH = "/api/v1/channels";

function useChannelMutation<T, R>(mutationFn: (variables: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: CHANNELS }), gcTime: 0 });
}

export const useCreateChannel = () =>
  useChannelMutation((body: ChannelBody & { kind: ChannelKind }) => create<Channel>(PATH, body));

export type ChannelChange = Partial<ChannelBody> & { enabled?: boolean };

export const useChangeChannel = (id: string) =>
  useChannelMutation((change: ChannelChange) => call<Channel>(`${PATH}/${id}`, { method: "PATCH", body: change }));

export const useDeleteChannel = (id: string) => useChannelMutation(() => call(`${PATH}/${id}`, { method: "DELETE" }));

/** Neither the app's secret nor what the login reaches is kept. */
export const useMetaLogin = () => useMutation({ mutationFn: logIn, gcTime: 0 });

/** Asks the provider whether everything is as it should be. */
export const useTestChannel = (id: string) =>
  useChannelMutation(() => call<ChannelHealth>(`${PATH}/${id}/test`, { method: "POST" }));

/** Tells the provider where this installation takes in what customers write. */
export const useRegisterChannel = (id: string) =>
  useChannelMutation(() => call(`${PATH}/${id}/connect`, { method: "POST", body: { base_url: location.origin } }));
