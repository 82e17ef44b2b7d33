/** The web sites that a tenant's answers come from, and what can be done to one. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, create } from "../api/client";
import type { Source, SourcePage, SourcePageStatus, SourceSettings } from "../api/knowledge";
import { useList } from "../api/paging";
import type { Job } from "../api/types";
import { DOCUMENTS } from "../documents/queries";

const SOURCES = ["sources"] as const;
const PATH = "/api/v1/sources";
const CRAWLING_REFETCH_MS = 3_000;

export interface NewSource extends SourceSettings {
  url: string;
}

interface Taken {
  source: Source;
  job_id: string;
}

export const isCrawling = (source: Source) => source.status === "queued" || source.status === "crawling";

export const useSources = () =>
  useList<Source>([...SOURCES, "list"], PATH, {
    refetchAfter: (rows) => (rows.some(isCrawling) ? CRAWLING_REFETCH_MS : false),
  });

export const useSource = (id: string) =>
  useQuery({
    queryKey: [...SOURCES, "one", id],
    queryFn: ({ signal }) => call<Source>(`${PATH}/${id}`, { signal }),
    refetchInterval: ({ state }) => (state.data && isCrawling(state.data) ? CRAWLING_REFETCH_MS : false),
  });

/** `isLive`: pages come to be while they are being looked at. */
export const useSourcePages = (id: string, status: SourcePageStatus | "", isLive: boolean) =>
  useList<SourcePage>([...SOURCES, "pages", id, status], `${PATH}/${id}/pages`, {
    query: { status },
    refetchAfter: () => (isLive ? CRAWLING_REFETCH_MS : false),
  });

function useSourceMutation<T, R>(mutationFn: (variables: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: SOURCES });
      void client.invalidateQueries({ queryKey: DOCUMENTS });
    },
  });
}

export const useAddSource = () => useSourceMutation((source: NewSource) => create<Taken>(PATH, source));

export const useChangeSource = (id: string) =>
  useSourceMutation((change: SourceSettings) => call<Source>(`${PATH}/${id}`, { method: "PATCH", body: change }));

export const useRefreshSource = () =>
  useSourceMutation(({ id }: Source) => call<Taken>(`${PATH}/${id}/refresh`, { method: "POST" }));

/** Calls off the crawl; what it has found is kept. */
export const useStopCrawl = () =>
  useSourceMutation((job: string) => call(`/api/v1/jobs/${job}/cancel`, { method: "POST" }));

/** Answers the job that still removes its documents, or nothing once they are gone. The list is read again, not the source. */
export function useDeleteSource() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, keepDocuments }: { id: string; keepDocuments: boolean }) =>
      call<Job | undefined>(`${PATH}/${id}`, { method: "DELETE", query: { keep_documents: String(keepDocuments) } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: [...SOURCES, "list"] });
      void client.invalidateQueries({ queryKey: DOCUMENTS });
    },
  });
}
