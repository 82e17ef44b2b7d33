/**
 * Who is signed in, in this browser.
 *
 * A refresh token works once, and using it twice ends the whole family. So a tab refreshes at most once at a
 * time, and tabs, which share the tokens, take turns by a lock and adopt what another has already rotated.
 */
import { networkError, problemOf } from "./problem";
import type { TokenPair } from "./types";

const STORAGE_KEY = "wafaa.session";
/** Refresh this long before the access token ends, so that no request arrives with a stale one. */
const MARGIN_MS = 20_000;

export interface Tokens {
  access: string;
  refresh: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface Surroundings {
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  fetch: typeof fetch;
  now: () => number;
  /** Runs a task while no other tab runs one. */
  exclusively: <T>(task: () => Promise<T>) => Promise<T>;
}

export class Session {
  private tokens: Tokens | null;
  private refreshing: Promise<string | null> | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly around: Surroundings) {
    this.tokens = this.stored();
  }

  readonly isSignedIn = (): boolean => this.tokens !== null;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Takes over what another tab wrote. */
  reload(): void {
    this.tokens = this.stored();
    this.notify();
  }

  async signIn(credentials: { email: string; password: string; tenant?: string }): Promise<void> {
    const response = await this.post("/api/v1/auth/login", credentials);
    if (!response.ok) throw await problemOf(response);
    this.keep((await response.json()) as TokenPair);
  }

  async signOut(): Promise<void> {
    const refresh = this.tokens?.refresh;
    const access = this.tokens?.access;
    this.clear();
    if (refresh === undefined || access === undefined) return;
    // Signed out here whatever the server says; the token it could not hear of ends by itself.
    await this.post("/api/v1/auth/logout", { refresh_token: refresh }, access).catch(() => undefined);
  }

  /** A token that is good for a request now; null when signed out. */
  async accessToken(): Promise<string | null> {
    if (this.tokens === null) return null;
    if (this.tokens.expiresAt - this.around.now() > MARGIN_MS) return this.tokens.access;
    return this.refresh(this.tokens.access);
  }

  /** Replaces an access token the server refused or that is about to end. Callers at the same time share one request. */
  refresh(stale: string): Promise<string | null> {
    if (this.tokens !== null && this.tokens.access !== stale) return Promise.resolve(this.tokens.access);
    this.refreshing ??= this.around
      .exclusively(() => this.rotate())
      .finally(() => {
        this.refreshing = null;
      });
    return this.refreshing;
  }

  private async rotate(): Promise<string | null> {
    const held = this.tokens;
    const stored = this.stored();
    if (stored === null || stored.refresh !== held?.refresh) {
      this.tokens = stored;
      this.notify();
      return stored?.access ?? null;
    }
    const response = await this.post("/api/v1/auth/refresh", { refresh_token: stored.refresh });
    if (response.ok) {
      this.keep((await response.json()) as TokenPair);
      return this.tokens?.access ?? null;
    }
    // Too many requests or a failing server says nothing about the token: stay signed in.
    if (response.status === 429 || response.status >= 500) throw await problemOf(response);
    this.clear();
    return null;
  }

  private async post(path: string, body: unknown, access?: string): Promise<Response> {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (access !== undefined) headers.Authorization = `Bearer ${access}`;
    try {
      return await this.around.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    } catch {
      throw networkError();
    }
  }

  private keep(pair: TokenPair): void {
    this.tokens = {
      access: pair.access_token,
      refresh: pair.refresh_token,
      expiresAt: this.around.now() + pair.expires_in * 1000,
    };
    this.around.storage.setItem(STORAGE_KEY, JSON.stringify(this.tokens));
    this.notify();
  }

  private clear(): void {
    this.tokens = null;
    this.around.storage.removeItem(STORAGE_KEY);
    this.notify();
  }

  private stored(): Tokens | null {
    try {
      return JSON.parse(this.around.storage.getItem(STORAGE_KEY) ?? "null") as Tokens | null;
    } catch {
      return null;
    }
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

// Locks exist in secure contexts only; elsewhere a tab still never races itself.
async function exclusively<T>(task: () => Promise<T>): Promise<T> {
  return "locks" in navigator ? await navigator.locks.request(STORAGE_KEY, task) : task();
}

export const session = new Session({
  storage: localStorage,
  fetch: (...request) => fetch(...request),
  now: () => Date.now(),
  exclusively,
});

addEventListener("storage", (event) => {
  if (event.key === STORAGE_KEY || event.key === null) session.reload();
});
