/** Requests to the API as the signed-in member. */
import { networkError, problemOf } from "./problem";
import { session } from "./session";

export interface Request {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, as this media type. */
  raw?: { type: string; content: Blob };
  query?: Record<string, string | number | null | undefined>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Path with the parameters that have a value. */
export function url(path: string, query: Request["query"] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** A key under which the server does the same thing only once. `randomUUID` needs HTTPS, this doesn't. */
export function idempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function attempt(path: string, request: Request, headers: Record<string, string>, token: string | null) {
  const init: RequestInit = {
    method: request.method ?? "GET",
    headers: token === null ? headers : { ...headers, Authorization: `Bearer ${token}` },
  };
  if (request.body !== undefined) init.body = JSON.stringify(request.body);
  else if (request.raw) init.body = request.raw.content;
  if (request.signal) init.signal = request.signal;
  return fetch(url(path, request.query), init).catch((error: unknown) => {
    if (request.signal?.aborted) throw error;
    throw networkError();
  });
}

/** Sends a request, once more with a fresh token if the first was refused, and throws problems. */
export async function send(path: string, request: Request = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...request.headers };
  if (request.body !== undefined) headers["Content-Type"] = "application/json";
  else if (request.raw) headers["Content-Type"] = request.raw.type;
  const token = await session.accessToken();
  let response = await attempt(path, request, headers, token);
  if (response.status === 401 && token !== null) {
    const fresh = await session.refresh(token);
    if (fresh !== null) response = await attempt(path, request, headers, fresh);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export async function call<T>(path: string, request: Request = {}): Promise<T> {
  const response = await send(path, request);
  const body = await response.text();
  return (body === "" ? undefined : JSON.parse(body)) as T;
}

/** A POST that makes something. */
export function create<T>(path: string, body: unknown): Promise<T> {
  return call<T>(path, { method: "POST", body, headers: { "Idempotency-Key": idempotencyKey() } });
}
