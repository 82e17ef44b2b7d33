/** The shapes of conversations, their messages and contacts in the HTTP contract. */
import type { Citation, Failure } from "./types";

export type ChannelKind = "web" | "whatsapp" | "instagram" | "messenger" | "telegram" | "slack";
export type ConversationStatus = "bot" | "waiting" | "human" | "resolved";
export type Priority = "low" | "normal" | "high" | "urgent";
export type Direction = "inbound" | "outbound" | "note";
export type MessageStatus =
  "received" | "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "unknown" | "superseded" | "withdrawn";

export const CHANNEL_KINDS: readonly ChannelKind[] = ["web", "whatsapp", "instagram", "messenger", "telegram", "slack"];
/** In the order of their tabs: those who wait for somebody come first. */
export const CONVERSATION_STATUSES: readonly ConversationStatus[] = ["waiting", "human", "bot", "resolved"];
/** What a template is for; who has stopped marketing gets none of the first. */
export const TEMPLATE_CATEGORIES = ["marketing", "utility", "authentication"] as const;
export const PRIORITIES: readonly Priority[] = ["low", "normal", "high", "urgent"];

export interface Conversation {
  id: string;
  channel_id: string;
  channel_kind: ChannelKind;
  contact: { id: string; name: string | null };
  status: ConversationStatus;
  priority: Priority;
  handoff_reason: string | null;
  /** The member who has claimed it. */
  assignee: string | null;
  waiting_since: string | null;
  /** Until when a person should have claimed it. */
  sla_due_at: string | null;
  last_text: string | null;
  last_message_at: string;
  /** 1 to 5. */
  csat: number | null;
  created_at: string;
}

export type Counts = Record<ConversationStatus, number>;

export interface MediaContent {
  type: "media";
  kind: "image" | "audio" | "video" | "document" | "sticker";
  media_type?: string;
  filename?: string;
  caption?: string;
  /** Bytes stored; absent until it was fetched. */
  bytes?: number;
  /** Why it was not stored. */
  refused?: string;
}

export type Content =
  | { type: "text"; text: string }
  | MediaContent
  | { type: "location"; latitude: number; longitude: number; name?: string; address?: string }
  | { type: "contacts"; cards: { name: string; phones: string[] }[] }
  | { type: "reaction"; to: string; emoji: string | null }
  | { type: "choice"; id: string; title: string }
  | { type: "story"; text: string; url?: string }
  | { type: "template"; name: string; language: string; parameters: string[] }
  | { type: "interactive"; text: string; options: { id: string; title: string }[]; list_button?: string }
  | { type: "unsupported"; name: string };

export interface Sentiment {
  label: "positive" | "neutral" | "negative";
  /** -1 to 1. */
  score: number;
  method: string;
}

export interface Message {
  id: string;
  /** Counts the messages of its conversation. */
  seq: number;
  direction: Direction;
  /** `customer`, `bot`, `program`, `system`, or the id of a member. */
  author: string;
  content: Content;
  status: MessageStatus;
  error: Failure | null;
  citations: Citation[];
  confidence: number | null;
  model: string | null;
  sentiment: Sentiment | null;
  topics: string[];
  at: string;
}

export interface TimelineEntry {
  stage: string;
  at: string;
  detail: unknown;
}

export interface Contact {
  id: string;
  name: string | null;
  phone: string | null;
  language: string | null;
  opted_out_at: string | null;
  /** Since when they want no marketing, as they have told the channel's provider. */
  marketing_opted_out_at: string | null;
  identities: { channel_id: string; identity: string }[];
  created_at: string;
  last_seen_at: string;
}

export interface Channel {
  id: string;
  kind: ChannelKind;
  name: string;
  settings: Record<string, unknown>;
  /** Which secrets are kept; their values are never shown again. */
  secret_names: string[];
  /** Of web chats: what the page that embeds one names. */
  public_token: string | null;
  /** Where the provider sends what comes in; web chats have none. */
  webhook_path: string | null;
  enabled: boolean;
  status: "ok" | "reconnect" | "error";
  status_detail: string | null;
  /** Null when it doesn't run out, or that isn't known. */
  token_expires_at: string | null;
  created_at: string;
}

/** A number, a page or an account that a login at Meta reaches. */
export interface ChannelCandidate {
  name: string;
  settings: Record<string, unknown>;
  /** Goes into the request that makes or changes the channel. */
  grant: string;
}

export interface ChannelLoginResult {
  expires_at: string | null;
  /** Permissions that were not given. */
  missing: string[];
  data: ChannelCandidate[];
}

export interface ChannelHealth {
  ok: boolean;
  /** Who the provider says it is. */
  account: string | null;
  checks: { name: string; ok: boolean; detail: string; remedy: string | null }[];
}

export interface CannedReply {
  id: string;
  title: string;
  text: string;
}

export interface Webhook {
  id: string;
  url: string;
  /** Empty: every event. */
  events: string[];
  enabled: boolean;
  disabled_reason: string | null;
  created_at: string;
}

export interface CreatedWebhook extends Webhook {
  secret: string;
}

export interface WebhookDelivery {
  id: string;
  event_type: string;
  status: "pending" | "delivered" | "failed";
  attempts: number;
  http_status: number | null;
  error: string | null;
  next_at: string | null;
  created_at: string;
}
