/**
 * What a member has written and the server has not taken yet. It is shown at once; those of one conversation are
 * sent one after another, so that they arrive in the order they were written.
 */
import { idempotencyKey } from "../api/client";
import type { ChoiceBody } from "./choices";

export interface Draft {
  conversation: string;
  kind: "reply" | "note";
  text: string;
  /** What the customer may choose from below it. */
  choices?: ChoiceBody;
}

export interface Pending extends Draft {
  /** The server takes what comes under one key only once, however often it is tried. */
  key: string;
  at: string;
  state: "waiting" | "sending" | "failed";
  error: unknown;
}

export class Outbox {
  private entries: readonly Pending[] = [];
  private readonly listeners = new Set<() => void>();

  constructor(private readonly deliver: (pending: Pending) => Promise<void>) {}

  readonly all = (): readonly Pending[] => this.entries;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  put(draft: Draft): void {
    const at = new Date().toISOString();
    this.change([...this.entries, { ...draft, key: idempotencyKey(), at, state: "waiting", error: null }]);
    this.next(draft.conversation);
  }

  retry(key: string): void {
    this.patch(key, { state: "waiting", error: null });
    const entry = this.entries.find((entry) => entry.key === key);
    if (entry) this.next(entry.conversation);
  }

  drop(key: string): void {
    this.change(this.entries.filter((entry) => entry.key !== key));
  }

  clear(): void {
    this.change([]);
  }

  private next(conversation: string): void {
    const own = this.entries.filter((entry) => entry.conversation === conversation);
    if (own.some((entry) => entry.state === "sending")) return;
    const waiting = own.find((entry) => entry.state === "waiting");
    if (waiting) void this.run(waiting);
  }

  private async run(entry: Pending): Promise<void> {
    this.patch(entry.key, { state: "sending" });
    try {
      await this.deliver(entry);
      this.drop(entry.key);
    } catch (error) {
      this.patch(entry.key, { state: "failed", error });
    }
    this.next(entry.conversation);
  }

  private patch(key: string, fields: Partial<Pending>): void {
    this.change(this.entries.map((entry) => (entry.key === key ? { ...entry, ...fields } : entry)));
  }

  private change(entries: readonly Pending[]): void {
    this.entries = entries;
    for (const listener of this.listeners) listener();
  }
}
