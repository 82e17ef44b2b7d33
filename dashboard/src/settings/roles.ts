import type { Role } from "../api/types";

export const ROLES = ["viewer", "agent", "admin", "owner"] as const;

/** The roles that one may give to a key: none above one's own. */
export const rolesUpTo = (role: Role): readonly (typeof ROLES)[number][] =>
  role === "operator" ? [] : ROLES.slice(0, ROLES.indexOf(role) + 1);
