/** The jobs a member or operator may see, and what can be done to them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { call, url } from "../api/client";
import { useLive } from "../api/live";
import { useList } from "../api/paging";
import type { BulkResult, Job, JobStats } from "../api/types";

const JOBS = ["jobs"] as const;
/** A busy platform has hundreds of events a second; the page reads the ledger at most this often. */
const REFRESH_MS = 1_000;

export interface JobFilter {
  state: string;
  kind: string;
  lane: string;
  tenant: string;
  parent: string;
}

export const useJobs = (filter: JobFilter) =>
  useList<Job>([...JOBS, "list", filter], "/api/v1/jobs", { query: { ...filter } });

export const useJob = (id: string) =>
  useQuery({ queryKey: [...JOBS, "one", id], queryFn: ({ signal }) => call<Job>(`/api/v1/jobs/${id}`, { signal }) });

export const useJobStats = (tenant: string) =>
  useQuery({
    queryKey: [...JOBS, "stats", tenant],
    queryFn: ({ signal }) => call<JobStats>("/api/v1/jobs/stats", { query: { tenant }, signal }),
    // Ages and rates change without any event.
    refetchInterval: 15_000,
  });

/** Reads what is shown again whenever something happens; tells whether it is connected. */
export function useLiveJobs(tenant: string): boolean {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return useLive(url("/api/v1/jobs/events", { tenant }), () => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void client.invalidateQueries({ queryKey: JOBS });
    }, REFRESH_MS);
  });
}

function useJobMutation<T, R>(mutationFn: (variables: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: JOBS }) });
}

export const useRetryJob = () => useJobMutation((id: string) => call(`/api/v1/jobs/${id}/retry`, { method: "POST" }));

export const useCancelJob = () => useJobMutation((id: string) => call(`/api/v1/jobs/${id}/cancel`, { method: "POST" }));

/** Retries every dead job within the filter, whatever state the list shows; answers how many. */
async function retryDead({ kind, lane, tenant, parent }: JobFilter): Promise<number> {
  const given = Object.entries({ kind, lane, tenant, parent }).filter(([, value]) => value !== "");
  const filter = { state: "dead", ...Object.fromEntries(given) };
  for (let changed = 0; ;) {
    const result = await call<BulkResult>("/api/v1/jobs/bulk", { method: "POST", body: { action: "retry", filter } });
    changed += result.changed;
    if (!result.more || result.changed === 0) return changed;
  }
}

export const useRetryDead = () => useJobMutation(retryDead);
