/** Uploads by XMLHttpRequest: fetch cannot tell how much has been sent. */
import { ApiError, networkError, parseProblem } from "./problem";
import { session } from "./session";
import type { DocumentAccepted } from "./types";

export interface UploadRequest {
  method: "POST" | "PUT";
  path: string;
  file: File;
  /** 0 to 1. */
  onProgress: (sent: number) => void;
  signal: AbortSignal;
}

function attempt(request: UploadRequest, token: string | null): Promise<DocumentAccepted> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(request.method, request.path);
    xhr.setRequestHeader("Accept", "application/json");
    if (token !== null) xhr.setRequestHeader("Authorization", `Bearer ${token}`);
    xhr.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable) request.onProgress(loaded / total);
    };
    xhr.onload = () => {
      if (xhr.status < 300) resolve(JSON.parse(xhr.responseText) as DocumentAccepted);
      else reject(parseProblem(xhr.status, xhr.responseText, xhr.getResponseHeader("x-request-id")));
    };
    xhr.onerror = () => reject(networkError());
    xhr.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    request.signal.addEventListener("abort", () => xhr.abort());
    const form = new FormData();
    form.set("file", request.file);
    xhr.send(form);
  });
}

export async function upload(request: UploadRequest): Promise<DocumentAccepted> {
  const token = await session.accessToken();
  try {
    return await attempt(request, token);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401) || token === null) throw error;
    const fresh = await session.refresh(token);
    if (fresh === null) throw error;
    return attempt(request, fresh);
  }
}
