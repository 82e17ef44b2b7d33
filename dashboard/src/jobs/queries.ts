/** The jobs a member or operator may see, and what can be done to them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { call } from "../api/client";
import { useLive } from "../api/live";
import { useList } from "../api/paging";
import type { Job, JobStats } from "../api/types";

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
export function useLiveJobs(): boolean {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return useLive("/api/v1/jobs/events", () => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void client.invalidateQueries({ queryKey: JOBS });
    }, REFRESH_MS);
  });
}

function useJobMutation<T>(mutationFn: (variables: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: JOBS }) });
}

export const useRetryJob = () => useJobMutation((id: string) => call(`/api/v1/jobs/${id}/retry`, { method: "POST" }));

export const useCancelJob = () => useJobMutation((id: string) => call(`/api/v1/jobs/${id}/cancel`, { method: "POST" }));

/** Retries every dead job within the filter, whatever state the list shows. */
export const useRetryDead = () =>
  useJobMutation(({ kind, lane, tenant, parent }: JobFilter) => {
    const given = Object.entries({ kind, lane, tenant, parent }).filter(([, value]) => value !== "");
    const filter = { state: "dead", ...Object.fromEntries(given) };
    return call("/api/v1/jobs/bulk", { method: "POST", body: { action: "retry", filter } });
  });
