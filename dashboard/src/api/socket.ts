/** One WebSocket that stays connected: it introduces itself, and connects again, each time later, when it is lost. */

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;
/** A connection that lasted this long was a good one: the next try comes soon again. */
const STEADY_MS = 10_000;
/** Close code by which the server refuses a token or says that it has ended. */
export const TOKEN_REFUSED = 4401;

/** What is needed of a WebSocket; tests bring their own. */
export interface Wire {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send: (text: string) => void;
  close: () => void;
}

export interface Ends {
  open: () => Wire;
  /** Null when nobody is signed in any more. */
  token: () => Promise<string | null>;
  refresh: (stale: string) => Promise<string | null>;
  onState: (connected: boolean) => void;
  onMessage: (text: string) => void;
  now?: () => number;
  /** 0 to 1. */
  random?: () => number;
}

export class Socket {
  private wire: Wire | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private delay = FIRST_DELAY_MS;
  private openedAt: number | null = null;
  private stopped = false;

  constructor(private readonly ends: Ends) {
    void this.connect();
  }

  stop(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.wire?.close();
  }

  /** Tries now, as when the network is back. */
  readonly hurry = (): void => {
    if (this.timer === null || this.stopped) return;
    clearTimeout(this.timer);
    this.timer = null;
    void this.connect();
  };

  private async connect(): Promise<void> {
    const token = await this.ends.token().catch(() => undefined);
    if (this.stopped || token === null) return;
    if (token === undefined) {
      this.later();
      return;
    }
    const wire = this.ends.open();
    this.wire = wire;
    wire.onopen = () => {
      this.openedAt = this.now();
      wire.send(JSON.stringify({ token }));
    };
    // The server speaks first once it has taken the token.
    let welcome = false;
    wire.onmessage = ({ data }) => {
      if (typeof data !== "string" || this.stopped) return;
      if (!welcome) this.ends.onState(true);
      welcome = true;
      this.ends.onMessage(data);
    };
    wire.onclose = ({ code }) => void this.lost(code, token);
  }

  private async lost(code: number, token: string): Promise<void> {
    if (this.stopped) return;
    this.ends.onState(false);
    if (this.openedAt !== null && this.now() - this.openedAt >= STEADY_MS) this.delay = FIRST_DELAY_MS;
    this.openedAt = null;
    if (code === TOKEN_REFUSED) await this.ends.refresh(token).catch(() => null);
    this.later();
  }

  private later(): void {
    if (this.stopped) return;
    const random = this.ends.random ?? Math.random;
    this.timer = setTimeout(
      () => {
        this.timer = null;
        void this.connect();
      },
      this.delay * (0.5 + random() / 2),
    );
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY_MS);
  }

  private now(): number {
    return (this.ends.now ?? Date.now)();
  }
}
