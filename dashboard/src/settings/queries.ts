/** What the settings list and other pages look up there: the bot, members, channels, canned replies. */
import { useQuery } from "@tanstack/react-query";

import { call } from "../api/client";
import type { CannedReply, Channel } from "../api/conversation";
import { useList } from "../api/paging";
import type { Bot, Member } from "../api/types";

export const BOT = ["bot"] as const;
export const BOT_PATH = "/api/v1/bot";
export const MEMBERS = ["members"] as const;
export const CHANNELS = ["channels"] as const;
export const CANNED = ["canned-replies"] as const;

export const useBot = () =>
  useQuery({
    queryKey: BOT,
    queryFn: ({ signal }) => call<Bot>(BOT_PATH, { signal }),
    // What is being typed is not to be replaced.
    refetchOnWindowFocus: false,
  });

export const useMembers = () => useList<Member>(MEMBERS, "/api/v1/members");

export const useChannels = () => useList<Channel>(CHANNELS, "/api/v1/channels");

export const useCanned = (enabled = true) => useList<CannedReply>(CANNED, "/api/v1/canned-replies", { enabled });
