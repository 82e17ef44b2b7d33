import { useMutation, useQueryClient } from "@tanstack/react-query";

import { create } from "../api/client";
import { useList } from "../api/paging";
import type { Tenant } from "../api/types";

const TENANTS = ["tenants"] as const;

/** For operators; others are not allowed to ask. */
export const useTenants = (enabled = true) => useList<Tenant>(TENANTS, "/api/v1/tenants", { limit: 100, enabled });

export interface NewTenant {
  slug: string;
  name: string;
  admin: { email: string; password: string };
}

export function useCreateTenant() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (tenant: NewTenant) => create<Tenant>("/api/v1/tenants", tenant),
    onSuccess: () => client.invalidateQueries({ queryKey: TENANTS }),
  });
}
