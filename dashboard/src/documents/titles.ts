/** What documents are called, for choosing among them and for telling what an id stands for. */
import { useEffect } from "react";

import { useList } from "../api/paging";
import type { Document } from "../api/types";
import { DOCUMENTS } from "./queries";

/** Documents that are read at the most; those beyond are known by their id only. */
const MOST = 2_000;
const AT_ONCE = 200;

export function useTitles(): ReadonlyMap<string, string> {
  const { rows, hasNextPage, isFetching, fetchNextPage } = useList<Document>(
    [...DOCUMENTS, "titles"],
    "/api/v1/documents",
    { limit: AT_ONCE },
  );
  const isMore = hasNextPage && !isFetching && rows.length < MOST;
  useEffect(() => {
    if (isMore) void fetchNextPage();
  }, [isMore, fetchNextPage]);
  return new Map(rows.map(({ id, title }) => [id, title]));
}
