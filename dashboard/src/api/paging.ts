/** Lists that are read page by page along `next_cursor`. */
import { useInfiniteQuery, type InfiniteData, type QueryKey } from "@tanstack/react-query";

import { call, type Request } from "./client";
import type { Page } from "./types";

export const PAGE_SIZE = 50;

export const cursorAfter = <T>(page: Page<T>): string | null => page.next_cursor;

/** Every row of the pages read so far. A row that slid onto the next page meanwhile appears once. */
export function rowsOf<T extends { id: string }>(pages: readonly Page<T>[]): T[] {
  const rows = new Map<string, T>();
  for (const page of pages) for (const row of page.data) rows.set(row.id, row);
  return [...rows.values()];
}

/** The pages with one row changed. */
export function withRow<T extends { id: string }>(
  data: InfiniteData<Page<T>> | undefined,
  id: string,
  change: (row: T) => T,
): InfiniteData<Page<T>> | undefined {
  if (data === undefined) return undefined;
  const pages = data.pages.map((page) => ({
    ...page,
    data: page.data.map((row) => (row.id === id ? change(row) : row)),
  }));
  return { ...data, pages };
}

export interface ListOptions<T> {
  query?: Request["query"];
  limit?: number;
  enabled?: boolean;
  /** Milliseconds until it is read again, given what was read. */
  refetchAfter?: (rows: T[]) => number | false;
}

export function useList<T extends { id: string }>(key: QueryKey, path: string, options: ListOptions<T> = {}) {
  const limit = options.limit ?? PAGE_SIZE;
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      call<Page<T>>(path, { query: { ...options.query, limit, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: cursorAfter<T>,
    enabled: options.enabled ?? true,
    refetchInterval: (query) => options.refetchAfter?.(rowsOf(query.state.data?.pages ?? [])) ?? false,
  });
  return { ...list, rows: rowsOf(list.data?.pages ?? []) };
}
