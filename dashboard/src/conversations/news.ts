/** What the live connection tells of conversations and channels, and what is to be read again because of it. */
import type { QueryClient } from "@tanstack/react-query";

import { Gather } from "../api/gather";
import { CHANNELS } from "../settings/queries";
import { CONVERSATIONS, messagesKey } from "./keys";

/** A busy tenant has many events a second; the lists are read at most this often, the open thread faster. */
const LISTS_MS = 1_000;
const THREAD_MS = 300;

const KINDS = ["message", "message_changed", "typing", "conversation"] as const;

/** `missed`: the server could not tell everything. `channel`: one works again, or won't for long. */
export type News = "missed" | "channel" | { event: (typeof KINDS)[number]; conversation_id: string };

/** Null for what this version doesn't know. */
export function parseNews(text: string): News | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const { event, conversation_id } = parsed as { event?: unknown; conversation_id?: unknown };
  if (event === "missed" || event === "channel") return event;
  const kind = KINDS.find((kind) => kind === event);
  return kind === undefined || typeof conversation_id !== "string" ? null : { event: kind, conversation_id };
}

export class Reader {
  private readonly lists: Gather<"lists">;
  private readonly threads: Gather<string>;

  constructor(
    private readonly client: QueryClient,
    private readonly onTyping: (conversation: string, typing: boolean) => void,
  ) {
    this.lists = new Gather(LISTS_MS, () => void client.invalidateQueries({ queryKey: CONVERSATIONS }));
    this.threads = new Gather(THREAD_MS, (ids) => {
      for (const id of ids) void client.invalidateQueries({ queryKey: messagesKey(id) });
    });
  }

  hear(text: string): void {
    const news = parseNews(text);
    if (news === null) return;
    if (news === "missed") {
      this.catchUp();
      return;
    }
    if (news === "channel") {
      void this.client.invalidateQueries({ queryKey: CHANNELS });
      return;
    }
    const id = news.conversation_id;
    if (news.event === "typing") {
      this.onTyping(id, true);
      return;
    }
    if (news.event === "message") this.onTyping(id, false);
    if (news.event !== "conversation") this.threads.add(id);
    // Where a message stands is not shown in the lists.
    if (news.event !== "message_changed") this.lists.add("lists");
  }

  /** Events were missed: everything may be different. */
  catchUp(): void {
    this.lists.add("lists");
    void this.client.invalidateQueries({ queryKey: ["messages"] });
  }

  stop(): void {
    this.lists.stop();
    this.threads.stop();
  }
}
