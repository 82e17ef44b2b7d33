import { beforeEach, describe, expect, it, vi } from "vitest";

import { Session, type Surroundings } from "./session";

const pair = (n: number) => ({
  access_token: `access-${n}`,
  refresh_token: `refresh-${n}`,
  token_type: "Bearer",
  expires_in: 900,
});

const ok = (body: unknown) => new Response(JSON.stringify(body), { status: 200 });

/** A server that rotates and counts; a token used twice is refused. */
class Server {
  refreshes = 0;
  private current = 1;
  status = 200;

  readonly fetch = vi.fn(async (path: string | URL | globalThis.Request, init?: RequestInit) => {
    await Promise.resolve();
    if (path === "/api/v1/auth/login") return ok(pair(this.current));
    if (path === "/api/v1/auth/logout") return new Response(null, { status: 204 });
    this.refreshes++;
    const { refresh_token } = JSON.parse(init?.body as string) as { refresh_token: string };
    if (this.status !== 200) return new Response("{}", { status: this.status });
    if (refresh_token !== `refresh-${this.current}`) return new Response("{}", { status: 401 });
    return ok(pair(++this.current));
  });
}

let server: Server;
let around: Surroundings & { now: ReturnType<typeof vi.fn<() => number>> };
let queue: Promise<unknown>;

beforeEach(() => {
  server = new Server();
  queue = Promise.resolve();
  localStorage.clear();
  around = {
    storage: localStorage,
    fetch: server.fetch,
    now: vi.fn(() => 0),
    exclusively: <T>(task: () => Promise<T>) => {
      const turn = queue.then(task);
      queue = turn.catch(() => undefined);
      return turn;
    },
  };
});

async function signedIn(): Promise<Session> {
  const session = new Session(around);
  await session.signIn({ email: "a@b.example", password: "secret" });
  return session;
}

describe("Session", () => {
  it("uses the access token until shortly before it ends", async () => {
    const session = await signedIn();
    expect(await session.accessToken()).toBe("access-1");
    around.now.mockReturnValue(899_000);
    expect(await session.accessToken()).toBe("access-2");
    expect(server.refreshes).toBe(1);
  });

  it("refreshes once for many requests at the same time", async () => {
    const session = await signedIn();
    around.now.mockReturnValue(1_000_000);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()));
    expect(new Set(tokens)).toEqual(new Set(["access-2"]));
    expect(server.refreshes).toBe(1);
  });

  it("does not refresh for a request that was refused with an older token", async () => {
    const session = await signedIn();
    await session.refresh("access-1");
    expect(await session.refresh("access-1")).toBe("access-2");
    expect(server.refreshes).toBe(1);
  });

  it("adopts what another tab has rotated", async () => {
    const one = await signedIn();
    const other = new Session(around);
    const tokens = await Promise.all([one.refresh("access-1"), other.refresh("access-1")]);
    expect(tokens).toEqual(["access-2", "access-2"]);
    expect(server.refreshes).toBe(1);
  });

  it("signs out when the refresh token is refused", async () => {
    const session = await signedIn();
    const changed = vi.fn();
    session.subscribe(changed);
    server.status = 401;
    expect(await session.refresh("access-1")).toBeNull();
    expect(session.isSignedIn()).toBe(false);
    expect(localStorage.length).toBe(0);
    expect(changed).toHaveBeenCalled();
  });

  it("stays signed in when the server fails or can't be reached", async () => {
    const session = await signedIn();
    server.status = 503;
    await expect(session.refresh("access-1")).rejects.toMatchObject({ status: 503 });
    server.fetch.mockRejectedValueOnce(new TypeError("offline"));
    await expect(session.refresh("access-1")).rejects.toMatchObject({ code: "network" });
    expect(session.isSignedIn()).toBe(true);
    server.status = 200;
    expect(await session.refresh("access-1")).toBe("access-2");
  });

  it("forgets the tokens at once when signing out", async () => {
    const session = await signedIn();
    const done = session.signOut();
    expect(session.isSignedIn()).toBe(false);
    await done;
    expect(server.fetch).toHaveBeenLastCalledWith("/api/v1/auth/logout", expect.anything());
  });
});
