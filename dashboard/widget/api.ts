/** The chat's routes on the server. */

import { readEvents, type SseEvent } from "../src/api/sse";

/** As many letters as the server takes; browsers may name any number of languages. */
const LETTERS = 200;

export interface Appearance {
  name: string;
  greeting: string;
  /** What the greeting is in. */
  language: string;
  languages: string[];
  theme?: unknown;
}

export interface Conversation {
  id: string;
  visitor_token: string;
  status: string;
}

export interface FileInfo {
  kind: string;
  name?: string | null;
  media_type?: string | null;
  bytes?: number | null;
  /** Whether it is there, or still to come. */
  kept?: boolean;
}

export interface Message {
  id: string;
  seq: number;
  from: "visitor" | "bot" | "person" | "system";
  text?: string | null;
  file?: FileInfo | null;
  options?: { id: string; title: string }[];
  client_id?: string | null;
  at: string;
}

/** What the visitor says, or chooses. */
export interface Words {
  id: string;
  text: string;
  choice?: string;
}

/** An answer that is none: its status, and how long to wait before the next try, in milliseconds. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly wait: number,
  ) {
    super(`answered ${status}`);
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

export class Api {
  constructor(
    private readonly base: string,
    private readonly key: string,
  ) {}

  /** In the first of these languages that the bot speaks. */
  appearance(languages: readonly string[]): Promise<Appearance> {
    const wanted = new URLSearchParams({ language: languages.join(",").slice(0, LETTERS) });
    return this.json<Appearance>(`?${wanted}`, null);
  }

  begin(former: string | null, language: string): Promise<Conversation> {
    return this.json<Conversation>("/conversations", former, JSON.stringify({ language }));
  }

  say(conversation: Conversation, { id, text, choice }: Words): Promise<Message> {
    // What isn't there is left out.
    const body = JSON.stringify({ client_id: id, text, choice });
    return this.json(this.path(conversation, "messages"), conversation.visitor_token, body);
  }

  send(conversation: Conversation, clientId: string, file: File): Promise<Message> {
    const form = new FormData();
    form.append("client_id", clientId);
    form.append("file", file);
    return this.json(this.path(conversation, "files"), conversation.visitor_token, form);
  }

  async rate(conversation: Conversation, score: number): Promise<void> {
    await this.call(this.path(conversation, "rating"), conversation.visitor_token, JSON.stringify({ score }));
  }

  async file(conversation: Conversation, message: string): Promise<Blob> {
    return (await this.call(`${this.path(conversation, "files")}/${message}`, conversation.visitor_token)).blob();
  }

  /** What happens after the message with this number, until the connection ends. */
  async *events(conversation: Conversation, after: number, signal: AbortSignal): AsyncGenerator<SseEvent> {
    const path = this.path(conversation, "events");
    const answer = await this.call(path, conversation.visitor_token, undefined, signal, {
      "last-event-id": `${after}`,
    });
    if (answer.body) yield* readEvents(answer.body);
  }

  private path(conversation: Conversation, what: string): string {
    return `/conversations/${conversation.id}/${what}`;
  }

  private async json<T>(path: string, token: string | null, content?: string | FormData): Promise<T> {
    return (await this.call(path, token, content)).json() as Promise<T>;
  }

  private async call(
    path: string,
    token: string | null,
    content?: string | FormData,
    signal?: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    if (token) headers["authorization"] = `Bearer ${token}`;
    if (typeof content === "string") headers["content-type"] = "application/json";
    const init: RequestInit = { method: content === undefined ? "GET" : "POST", headers, credentials: "omit" };
    if (content !== undefined) init.body = content;
    if (signal) init.signal = signal;
    const answer = await fetch(`${this.base}/widget/${this.key}${path}`, init);
    if (!answer.ok) throw new Refused(answer.status, 1000 * Number(answer.headers.get("retry-after") ?? 0));
    return answer;
  }
}
