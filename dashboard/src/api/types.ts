/** The shapes of the HTTP contract that the dashboard reads. */

export type Role = "viewer" | "agent" | "admin" | "owner" | "operator";
export type DocumentStatus = "queued" | "processing" | "ready" | "failed";
export type JobState = "waiting" | "ready" | "dispatched" | "running" | "succeeded" | "dead" | "cancelled";
export type Lane = "reply" | "deliver" | "ingest" | "insight" | "report" | "maintenance";

export const JOB_STATES: readonly JobState[] = [
  "waiting",
  "ready",
  "dispatched",
  "running",
  "succeeded",
  "dead",
  "cancelled",
];
export const LANES: readonly Lane[] = ["reply", "deliver", "ingest", "insight", "report", "maintenance"];

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export interface TokenPair {
  access_token: string;
  refresh_token: string;
  token_type: string;
  /** Seconds the access token lives. */
  expires_in: number;
}

export interface Me {
  member: { id: string; email: string };
  /** Null for a platform operator, who belongs to none. */
  tenant: { id: string; slug: string; name: string } | null;
  role: Role;
}

export interface Failure {
  code: string;
  message: string;
}

export interface Document {
  id: string;
  title: string;
  filename: string;
  media_type: string | null;
  language: string | null;
  bytes: number;
  status: DocumentStatus;
  /** Percent. */
  progress: number;
  version: number;
  /** The version that answers; older than `version` while a newer one is in work. */
  live_version: number | null;
  pages: number;
  chunks: number;
  error: Failure | null;
  /** The web page that it is, when it comes from a source. */
  source_url: string | null;
  created_at: string;
  updated_at: string;
}

export interface DocumentAccepted {
  document: Document;
  job_id: string | null;
}

export interface Chunk {
  id: string;
  ordinal: number;
  page: number | null;
  heading: string[];
  text: string;
  tokens: number;
}

export interface Citation {
  document_id: string;
  title: string;
  page: number | null;
  chunk_id: string;
  quote: string;
  source_url: string | null;
}

export interface Answer {
  answer: string;
  answered: boolean;
  /** 0 to 1. */
  confidence: number;
  citations: Citation[];
  model: string;
}

export interface Job {
  id: string;
  tenant_id: string;
  kind: string;
  lane: Lane;
  state: JobState;
  attempt: number;
  max_attempts: number;
  run_at: string;
  /** Percent. */
  progress: number;
  last_error: string | null;
  /** Called off while it was running; its worker has been told. */
  cancel_requested: boolean;
  parent: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export interface JobStats {
  counts: { lane: Lane; kind: string; state: JobState; jobs: number }[];
  lanes: { lane: Lane; oldest_ready_ms: number; succeeded_last_minute: number }[];
}

export interface BulkResult {
  changed: number;
  /** Jobs that had moved on meanwhile. */
  skipped: number;
  /** Whether the server stopped at its limit with more to do. */
  more: boolean;
}

export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";
/** Opens and closes, as `HH:MM`; an end at or before its start is on the next day. */
export type Span = [from: string, to: string];

/** A day left out is closed. */
export interface OpeningHours {
  timezone: string;
  week: Partial<Record<Weekday, Span[]>>;
  /** Days that are otherwise, by date. */
  exceptions?: Record<string, Span[]>;
}

export interface HandoffSettings {
  enabled: boolean;
  /** How often in a row the bot may not know; 0 for ever. */
  low_confidence_after: number;
  sentiment: boolean;
  sla_minutes: number;
}

export type IntentAction = "answer" | "handoff" | "reply";

export interface IntentRule {
  name: string;
  examples: string[];
  action: IntentAction;
  /** What is said, when the action is `reply`. */
  reply: string | null;
}

export interface Bot {
  name: string;
  tone: string;
  languages: string[];
  greeting: string;
  instructions: string;
  confidence_threshold: number;
  merge_window_ms: number;
  handoff_keywords: string[];
  /** Null: always open. */
  hours: OpeningHours | null;
  timezone: string;
  out_of_hours_message: string;
  session_silence_minutes: number;
  handoff: HandoffSettings;
  csat: boolean;
  /** Whether the golden questions are tried whenever the documents have changed. */
  evaluate_on_change: boolean;
  intents: IntentRule[];
  /** Null: kept for ever. */
  retention_days: number | null;
}

export interface ApiKey {
  id: string;
  name: string;
  role: Role;
  hint: string;
  created_at: string;
  last_used_at: string | null;
}

export interface CreatedApiKey extends ApiKey {
  key: string;
}

export interface Member {
  id: string;
  email: string;
  role: Role;
  created_at: string;
}

export interface Tenant {
  id: string;
  slug: string;
  name: string;
  demo: boolean;
  created_at: string;
}
