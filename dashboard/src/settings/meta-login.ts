/**
 * Meta's login, in a window of its own. Meta sends that window back to an address without a hash, where the dashboard
 * does nothing but tell the window that waits.
 */
import { call } from "../api/client";
import type { ChannelKind, ChannelLoginResult } from "../api/conversation";
import { TextError } from "../text/error";

const OAUTH = "/api/v1/channels/oauth";
const RETURN_PATH = "/meta-login";
/** What the two windows speak over: pages of the same origin alone can listen. */
const WIRE = "wafaa.meta-login";

/** Where Meta sends people back to; the tenant's app at Meta has to know it. */
export const returnAddress = (): string => location.origin + RETURN_PATH;

/** What somebody comes back from Meta with: no code when they didn't agree. */
export interface Return {
  state: string;
  code: string | null;
}

export function readReturn({ pathname, search }: Pick<Location, "pathname" | "search">): Return | null {
  const query = new URLSearchParams(search);
  const state = query.get("state");
  return pathname === RETURN_PATH && state !== null ? { state, code: query.get("code") } : null;
}

export function tell(back: Return): void {
  const wire = new BroadcastChannel(WIRE);
  wire.postMessage(back);
  wire.close();
}

/** Waits for the one who was sent away with this state. */
function comingBack(state: string, signal: AbortSignal): Promise<Return> {
  const wire = new BroadcastChannel(WIRE);
  return new Promise<Return>((resolve, reject) => {
    wire.onmessage = ({ data }: MessageEvent<Return>) => {
      if (data.state === state) resolve(data);
    };
    signal.addEventListener("abort", () => reject(new DOMException("nobody waits any more", "AbortError")));
  }).finally(() => wire.close());
}

/** The tenant's app at Meta. */
export interface MetaApp {
  id: string;
  secret: string;
}

export interface LoginAttempt {
  kind: ChannelKind;
  app: MetaApp;
  /** Where Meta is to be shown: browsers open a window right after a press only. */
  opened: Window | null;
  signal: AbortSignal;
}

/** Sends somebody to Meta, and asks what they let us reach once they are back. */
export async function logIn({ kind, app, opened, signal }: LoginAttempt): Promise<ChannelLoginResult> {
  if (opened === null) throw new TextError("channels.login.blocked");
  const asked = { kind, app_id: app.id, redirect_uri: returnAddress() };
  try {
    const begun = await call<{ url: string; state: string }>(`${OAUTH}/start`, { method: "POST", body: asked, signal });
    const back = comingBack(begun.state, signal);
    opened.location.href = begun.url;
    const { code, state } = await back;
    if (code === null) throw new TextError("channels.login.declined");
    const body = { ...asked, app_secret: app.secret, code, state };
    return await call<ChannelLoginResult>(`${OAUTH}/finish`, { method: "POST", body, signal });
  } finally {
    opened.close();
  }
}
