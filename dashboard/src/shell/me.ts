/** The signed-in member and what their role allows. The server decides; this only hides what it would refuse. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, use } from "react";

import { call } from "../api/client";
import type { Me, Role } from "../api/types";

const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => call<Me>("/api/v1/auth/me", { signal }),
  staleTime: Infinity,
});

export const useMeQuery = () => useQuery(meQuery);

export const MeContext = createContext<Me | null>(null);

const RANK: Record<Exclude<Role, "operator">, number> = { viewer: 0, agent: 1, admin: 2, owner: 3 };

export function useMe() {
  const me = use(MeContext);
  if (me === null) throw new Error("useMe outside of the shell");
  const rank = me.role === "operator" ? -1 : RANK[me.role];
  return {
    ...me,
    isOperator: me.role === "operator",
    isAgent: rank >= RANK.agent,
    isAdmin: rank >= RANK.admin,
    isOwner: rank >= RANK.owner,
  };
}
