/** How many conversations wait, are with people, with the bot, or resolved. */
import { useQuery } from "@tanstack/react-query";

import { call } from "../api/client";
import type { Counts } from "../api/conversation";
import { CONVERSATIONS } from "./keys";
import { usePoll } from "./live";

export function useCounts(enabled = true) {
  const poll = usePoll();
  return useQuery({
    queryKey: [...CONVERSATIONS, "counts"],
    queryFn: ({ signal }) => call<Counts>("/api/v1/conversations/counts", { signal }),
    refetchInterval: poll,
    enabled,
  });
}
