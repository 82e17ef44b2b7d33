/**
 * What the visitor has said that the server doesn't have yet. It survives a reload, is sent in order, and is tried
 * again until it is taken or refused for good; its id makes sure that it is stored once.
 */

import { Refused } from "./api";

export interface Said {
  id: string;
  text: string;
  /** The option that was chosen by it. */
  choice?: string;
  /** Refused for good; only the visitor can have it tried again. */
  failed?: boolean;
}

export interface Keep {
  get(): Said[];
  set(said: Said[]): void;
}

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

export class Queue {
  private said: Said[];
  private running = false;
  private wake: (() => void) | null = null;

  constructor(
    private readonly keep: Keep,
    private readonly send: (said: Said) => Promise<void>,
    private readonly changed: (said: readonly Said[]) => void,
  ) {
    this.said = keep.get();
  }

  get waiting(): readonly Said[] {
    return this.said;
  }

  add(text: string, id: string = crypto.randomUUID(), choice?: string): void {
    this.update([...this.said, asked(id, text, choice)]);
    void this.run();
  }

  /** The server has it, whoever told us so. */
  done(id: string): void {
    if (this.said.some((one) => one.id === id)) this.update(this.said.filter((one) => one.id !== id));
  }

  retry(id: string): void {
    this.update(this.said.map((one) => (one.id === id ? asked(id, one.text, one.choice) : one)));
    this.hurry();
    void this.run();
  }

  /** The connection is back. */
  hurry(): void {
    this.wake?.();
  }

  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    let wait = FIRST_WAIT;
    for (let next = this.next(); next; next = this.next()) {
      try {
        await this.send(next);
        this.done(next.id);
        wait = FIRST_WAIT;
      } catch (error) {
        if (error instanceof Refused && !error.passing) {
          const { id } = next;
          this.update(this.said.map((one) => (one.id === id ? { ...one, failed: true } : one)));
          continue;
        }
        await this.pause(Math.max(wait, error instanceof Refused ? error.wait : 0));
        wait = Math.min(2 * wait, LONGEST_WAIT);
      }
    }
    this.running = false;
  }

  private next(): Said | undefined {
    return this.said.find((one) => !one.failed);
  }

  private update(said: Said[]): void {
    this.said = said;
    this.keep.set(said);
    this.changed(said);
  }

  private pause(wait: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Not yet refused. */
function asked(id: string, text: string, choice: string | undefined): Said {
  return choice === undefined ? { id, text } : { id, text, choice };
}
