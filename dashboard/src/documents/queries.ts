/** The documents of the tenant in the cache, and what can be done to one. */
import { useMutation, useQuery, useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";

import { call } from "../api/client";
import type { DocumentReport } from "../api/knowledge";
import { useList, withRow } from "../api/paging";
import type { Chunk, Document, Job, Page } from "../api/types";

export const DOCUMENTS = ["documents"] as const;
/** Streams keep two documents current; the rest of a bulk upload is read again this often. */
const UNFINISHED_REFETCH_MS = 4_000;

export const isUnfinished = (document: Document) => document.status === "queued" || document.status === "processing";

const path = (id: string, rest = "") => `/api/v1/documents/${id}${rest}`;

export const useDocuments = () =>
  useList<Document>(DOCUMENTS, "/api/v1/documents", {
    refetchAfter: (rows) => (rows.some(isUnfinished) ? UNFINISHED_REFETCH_MS : false),
  });

/** One that may not be among those listed so far. */
export const useDocument = (id: string, enabled: boolean) =>
  useQuery({
    queryKey: [...DOCUMENTS, id],
    queryFn: ({ signal }) => call<Document>(path(id), { signal }),
    enabled,
    refetchInterval: ({ state }) => (state.data && isUnfinished(state.data) ? UNFINISHED_REFETCH_MS : false),
  });

/** `status` in the key: there is nothing to tell until it has been read. */
export const useReport = (document: Document, version: number) =>
  useQuery({
    queryKey: ["report", document.id, version, version === document.version ? document.status : "past"],
    queryFn: ({ signal }) => call<DocumentReport>(path(document.id, "/report"), { query: { version }, signal }),
  });

/** `version` in the key: a new version has other chunks. */
export const useChunks = (document: Document) =>
  useList<Chunk>(["chunks", document.id, document.version, document.status], path(document.id, "/chunks"), {
    limit: 20,
  });

export const eventsPath = (id: string) => path(id, "/events");

export function patchDocument(client: QueryClient, id: string, change: Partial<Document>): void {
  client.setQueryData<InfiniteData<Page<Document>>>(DOCUMENTS, (data) =>
    withRow(data, id, (document) => ({ ...document, ...change })),
  );
}

function useDocumentMutation<T, R>(mutationFn: (variables: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: DOCUMENTS }) });
}

export const useReprocess = () =>
  useDocumentMutation((document: Document) => call(path(document.id, "/reprocess"), { method: "POST" }));

export const useCancel = () =>
  useDocumentMutation((document: Document) => call(path(document.id, "/cancel"), { method: "POST" }));

export const useRestore = () =>
  useDocumentMutation(({ document, version }: { document: Document; version: number }) =>
    call(path(document.id, `/versions/${version}/restore`), { method: "POST" }),
  );

export const useRename = () =>
  useDocumentMutation(({ document, title }: { document: Document; title: string }) =>
    call(path(document.id), { method: "PATCH", body: { title } }),
  );

/** Answers the job that still erases it, or nothing once it is gone. */
export const useDelete = () =>
  useDocumentMutation((document: Document) => call<Job | undefined>(path(document.id), { method: "DELETE" }));
