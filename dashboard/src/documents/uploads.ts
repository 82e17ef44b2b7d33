/** Files on their way to the server. They go on while another page is shown. */
import { useSyncExternalStore } from "react";

import { session } from "../api/session";
import type { DocumentAccepted } from "../api/types";
import { upload as send } from "../api/upload";

/** At once; more would only make each slower. */
const CONCURRENCY = 2;

export interface Upload {
  id: number;
  file: File;
  method: "POST" | "PUT";
  path: string;
  state: "waiting" | "sending" | "failed";
  /** 0 to 1. */
  sent: number;
  error: unknown;
  abort: AbortController;
}

let uploads: readonly Upload[] = [];
let nextId = 1;
let onAccepted: (accepted: DocumentAccepted, upload: Upload) => void = () => undefined;
const listeners = new Set<() => void>();

function change(next: readonly Upload[]): void {
  uploads = next;
  for (const listener of listeners) listener();
}

function patch(id: number, fields: Partial<Upload>): void {
  change(uploads.map((upload) => (upload.id === id ? { ...upload, ...fields } : upload)));
}

const remove = (id: number) => change(uploads.filter((upload) => upload.id !== id));

function startWaiting(): void {
  const free = CONCURRENCY - uploads.filter((upload) => upload.state === "sending").length;
  const next = uploads.filter((upload) => upload.state === "waiting").slice(0, Math.max(free, 0));
  for (const upload of next) void run(upload);
}

async function run(upload: Upload): Promise<void> {
  const { id, file, method, path, abort } = upload;
  patch(id, { state: "sending" });
  try {
    const onProgress = (sent: number) => patch(id, { sent });
    const accepted = await send({ method, path, file, onProgress, signal: abort.signal });
    remove(id);
    onAccepted(accepted, upload);
  } catch (error) {
    if (abort.signal.aborted) remove(id);
    else patch(id, { state: "failed", error });
  }
  startWaiting();
}

function add(files: Iterable<File>, method: Upload["method"], path: string): void {
  const added = Array.from(files, (file): Upload => {
    return { id: nextId++, file, method, path, state: "waiting", sent: 0, error: null, abort: new AbortController() };
  });
  change([...uploads, ...added]);
  startWaiting();
}

export const addDocuments = (files: Iterable<File>) => add(files, "POST", "/api/v1/documents");
export const replaceContent = (id: string, file: File) => add([file], "PUT", `/api/v1/documents/${id}/content`);

export function retryUpload(id: number): void {
  patch(id, { state: "waiting", sent: 0, error: null });
  startWaiting();
}

/** Stops an upload, or forgets one that failed. */
export function dropUpload(upload: Upload): void {
  upload.abort.abort();
  remove(upload.id);
  startWaiting();
}

export function whenAccepted(listener: typeof onAccepted): void {
  onAccepted = listener;
}

session.subscribe(() => {
  if (!session.isSignedIn()) for (const upload of uploads) dropUpload(upload);
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useUploads = () => useSyncExternalStore(subscribe, () => uploads);
