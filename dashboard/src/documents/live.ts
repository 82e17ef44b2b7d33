/** A document's way through the chain as it happens. */
import { useQueryClient } from "@tanstack/react-query";

import { useLive } from "../api/live";
import type { Document } from "../api/types";
import { DOCUMENTS, eventsPath, isUnfinished, patchDocument } from "./queries";

/** Browsers open six connections to a host; streams must leave room for uploads and questions. */
export const LIVE_DOCUMENTS = 2;

function changeIn(data: string): Partial<Document> | null {
  try {
    const parsed: unknown = JSON.parse(data);
    if (typeof parsed !== "object" || parsed === null) return null;
    const { document } = parsed as { document?: Partial<Document> };
    return document ?? parsed;
  } catch {
    return null;
  }
}

export function useLiveDocument(document: Document, live: boolean): void {
  const client = useQueryClient();
  useLive(live ? eventsPath(document.id) : null, ({ data }) => {
    const change = changeIn(data);
    if (change?.status === undefined) return;
    patchDocument(client, document.id, change);
    // An event may tell less than the whole: read the rest once it has come to its end.
    if (!isUnfinished({ ...document, ...change })) void client.invalidateQueries({ queryKey: DOCUMENTS });
  });
}
