/** One visitor's conversation: begun when they first say something, kept across pages, followed while open. */

import { type Api, type Conversation, type Message, Refused } from "./api";
import { Queue, type Said } from "./queue";

export interface Listener {
  message(message: Message): void;
  typing(): void;
  status(status: string, rated: boolean): void;
  online(online: boolean): void;
  pending(said: readonly Said[]): void;
  /** Another conversation begins: what was shown is over. */
  reset(): void;
}

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

export class Session {
  private conversation: Conversation | null;
  private beginning: Promise<Conversation> | null = null;
  private following = false;
  private readonly seen = new Set<string>();
  private last = 0;
  private wake: (() => void) | null = null;
  readonly queue: Queue;

  constructor(
    private readonly api: Api,
    private readonly store: Store,
    private readonly language: string,
    private readonly listener: Listener,
  ) {
    this.conversation = store.read("conversation") as Conversation | null;
    this.queue = new Queue(
      { get: () => (store.read("queue") as Said[] | null) ?? [], set: (said) => store.write("queue", said) },
      (said) => this.deliver(said),
      (said) => listener.pending(said),
    );
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => this.hurry());
  }

  /** Whether there is something to go on with. */
  get begun(): boolean {
    return this.conversation !== null;
  }

  /** Goes on where the visitor was; nothing to do for one who hasn't said anything. */
  resume(): void {
    if (this.begun) void this.follow();
    if (this.queue.waiting.length > 0) void this.queue.run();
  }

  async sendFile(file: File): Promise<void> {
    const id = crypto.randomUUID();
    const message = await this.withConversation((conversation) => this.api.send(conversation, id, file));
    this.show(message);
  }

  async rate(score: number): Promise<void> {
    if (this.conversation) await this.api.rate(this.conversation, score);
  }

  file(message: string): Promise<Blob> {
    return this.withConversation((conversation) => this.api.file(conversation, message));
  }

  private hurry(): void {
    this.queue.hurry();
    this.wake?.();
  }

  private async deliver(said: Said): Promise<void> {
    const message = await this.withConversation((conversation) => this.api.say(conversation, said));
    this.queue.done(said.id);
    this.show(message);
  }

  /** Does it in the conversation there is; in a new one when the server doesn't know that one any more. */
  private async withConversation<T>(act: (conversation: Conversation) => Promise<T>): Promise<T> {
    const conversation = await this.open();
    try {
      return await act(conversation);
    } catch (error) {
      if (!(error instanceof Refused) || ![401, 404, 409].includes(error.status)) throw error;
      if (this.conversation === conversation) this.forget(error.status === 409);
      return act(await this.open());
    }
  }

  private forget(keepsVisitor: boolean): void {
    this.former = keepsVisitor ? (this.conversation?.visitor_token ?? null) : null;
    this.conversation = null;
    this.last = 0;
    this.seen.clear();
    this.store.write("conversation", null);
    this.listener.reset();
  }

  private former: string | null = null;

  private async open(): Promise<Conversation> {
    if (this.conversation) return this.conversation;
    this.beginning ??= this.api.begin(this.former, this.language).finally(() => {
      this.beginning = null;
    });
    const conversation = await this.beginning;
    this.conversation = conversation;
    this.store.write("conversation", conversation);
    void this.follow();
    return conversation;
  }

  /** Follows the conversation, again and again, from the last message on. */
  private async follow(): Promise<void> {
    if (this.following) return;
    this.following = true;
    let wait = FIRST_WAIT;
    while (this.conversation) {
      const conversation = this.conversation;
      const stop = new AbortController();
      try {
        for await (const event of this.api.events(conversation, this.last, stop.signal)) {
          if (this.conversation !== conversation) break;
          wait = FIRST_WAIT;
          this.listener.online(true);
          this.hear(event.event, event.data);
        }
      } catch (error) {
        if (error instanceof Refused && !error.passing) {
          // Unless another was begun meanwhile, which is followed next.
          if (this.conversation === conversation) this.forget(false);
          continue;
        }
        this.listener.online(false);
      } finally {
        stop.abort();
      }
      await this.pause(wait + Math.random() * wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
    }
    this.following = false;
  }

  private hear(event: string, data: string): void {
    if (event === "message") {
      const message = JSON.parse(data) as Message;
      this.last = Math.max(this.last, message.seq);
      if (message.client_id) this.queue.done(message.client_id);
      this.show(message);
    } else if (event === "typing") {
      this.listener.typing();
    } else if (event === "conversation") {
      const turn = JSON.parse(data) as { status: string; rating?: number | null };
      this.listener.status(turn.status, turn.rating != null);
    }
  }

  private show(message: Message): void {
    if (this.seen.has(message.id)) return;
    this.seen.add(message.id);
    this.listener.message(message);
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

/** What the browser remembers for this chat; nothing where it refuses to. */
export class Store {
  constructor(private readonly prefix: string) {}

  read(name: string): unknown {
    try {
      const kept = localStorage.getItem(this.prefix + name);
      return kept === null ? null : JSON.parse(kept);
    } catch {
      return null;
    }
  }

  write(name: string, value: unknown): void {
    try {
      if (value === null) localStorage.removeItem(this.prefix + name);
      else localStorage.setItem(this.prefix + name, JSON.stringify(value));
    } catch {
      // It is remembered as long as the page is open.
    }
  }
}
