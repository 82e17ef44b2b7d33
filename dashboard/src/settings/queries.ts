/** What the settings list and other pages look up there: members, channels, canned replies. */
import type { CannedReply, Channel } from "../api/conversation";
import { useList } from "../api/paging";
import type { Member } from "../api/types";

export const MEMBERS = ["members"] as const;
export const CHANNELS = ["channels"] as const;
export const CANNED = ["canned-replies"] as const;

export const useMembers = () => useList<Member>(MEMBERS, "/api/v1/members");

export const useChannels = () => useList<Channel>(CHANNELS, "/api/v1/channels");

export const useCanned = (enabled = true) => useList<CannedReply>(CANNED, "/api/v1/canned-replies", { enabled });
