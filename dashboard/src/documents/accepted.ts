/** What follows an upload: the document appears in the list at once. */
import type { InfiniteData } from "@tanstack/react-query";

import type { Document, DocumentAccepted, Page } from "../api/types";
import { queryClient } from "../query-client";
import { DOCUMENTS, patchDocument } from "./queries";
import { whenAccepted } from "./uploads";

function isListed(id: string): boolean {
  const data = queryClient.getQueryData<InfiniteData<Page<Document>>>(DOCUMENTS);
  return data?.pages.some((page) => page.data.some((document) => document.id === id)) ?? false;
}

/** Calls back when an uploaded file turns out to be a document that was there already. */
export function watchUploads(onKnown: (document: Document) => void): void {
  whenAccepted(({ document }: DocumentAccepted, upload) => {
    if (isListed(document.id)) {
      patchDocument(queryClient, document.id, document);
      if (upload.method === "POST") onKnown(document);
    }
    void queryClient.invalidateQueries({ queryKey: DOCUMENTS });
  });
}
