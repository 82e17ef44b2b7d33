/** What a tenant's answers come from and how good they are: reports, sources, golden questions, evaluations. */
import type { Citation, Failure } from "./types";

export type ReportSource = "text" | "recognised" | "picture" | "unmapped" | "blank";
export type TextDirection = "left_to_right" | "right_to_left" | "mixed";

export interface ReportCounts {
  /** Without spaces. */
  characters: number;
  headings: number;
  tables: number;
  rows: number;
  direction: TextDirection;
}

export interface ReportPage {
  number: number;
  source: ReportSource;
  /** Percent; null where nothing was recognised. */
  certainty: number | null;
  counts: ReportCounts;
}

export interface DocumentReport {
  version: number;
  error: Failure | null;
  media_type: string | null;
  title: string | null;
  recognised: boolean;
  /** Null until it has been read. */
  total: ReportCounts | null;
  pages: ReportPage[];
  notes: string[];
}

export type SourceStatus = "queued" | "crawling" | "ready" | "failed";
export type SourcePageStatus = "queued" | "added" | "changed" | "unchanged" | "skipped" | "failed" | "gone";

export const SOURCE_PAGE_STATUSES: readonly SourcePageStatus[] = [
  "added",
  "changed",
  "unchanged",
  "skipped",
  "failed",
  "gone",
  "queued",
];

/** What is taken of a site, and when. */
export interface SourceSettings {
  depth: number;
  include: string[];
  exclude: string[];
  max_pages: number;
  /** Null: never by itself. */
  refresh_cron: string | null;
  timezone: string;
}

export interface Source extends SourceSettings {
  id: string;
  url: string;
  status: SourceStatus;
  error: Failure | null;
  /** Percent. */
  progress: number;
  pages: Record<SourcePageStatus | "total", number>;
  /** The site has more pages than are taken. */
  truncated: boolean;
  job_id: string | null;
  started_at: string | null;
  finished_at: string | null;
  next_run_at: string | null;
  created_at: string;
}

export interface SourcePage {
  id: string;
  url: string;
  depth: number;
  status: SourcePageStatus;
  reason: Failure | null;
  document_id: string | null;
  title: string | null;
  http_status: number | null;
  bytes: number;
  fetched_at: string | null;
}

export interface Expectation {
  question: string;
  expected_documents: string[];
  expected_phrases: string[];
  unanswerable: boolean;
  language: string | null;
}

export interface GoldenQuestion extends Expectation {
  id: string;
  notes: string | null;
}

export type EvaluationState = "queued" | "running" | "finished" | "failed" | "cancelled";
export type Verdict = "correct" | "abstained" | "wrong" | "missed" | "false_answer";

/** Those that failed first: they are what is looked for. */
export const VERDICTS: readonly Verdict[] = ["wrong", "missed", "false_answer", "correct", "abstained"];

export interface ThresholdEffect {
  threshold: number;
  answered_share: number | null;
  false_answer_share: number | null;
}

/** Shares are 0 to 1, and null where there is nothing to have a share in. */
export interface EvaluationSummary {
  questions: number;
  answerable: number;
  passed: number;
  verdicts: Record<Verdict, number>;
  r1: number | null;
  r5: number | null;
  mrr: number | null;
  answered_share: number | null;
  false_answer_share: number | null;
  auroc: number | null;
  thresholds: ThresholdEffect[];
  writers: { model: string; answers: number }[];
  tokens: number;
  changed_meanwhile: boolean;
}

export interface Evaluation {
  id: string;
  job_id: string;
  state: EvaluationState;
  trigger: "request" | "change";
  knowledge: string | null;
  bot_version: number | null;
  confidence_threshold: number | null;
  questions: number;
  tried: number;
  summary: EvaluationSummary | null;
  error: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export interface EvaluationResult extends Expectation {
  question_id: string;
  verdict: Verdict;
  answered: boolean;
  confidence: number;
  /** The place of the first expected document among those found. */
  rank: number | null;
  document_cited: boolean | null;
  phrases_found: boolean | null;
  answer: string;
  citations: Citation[];
  model: string;
}

export interface EvaluationMove {
  question_id: string;
  question: string;
  before: Verdict;
  after: Verdict;
}

export interface EvaluationComparison {
  evaluation_id: string;
  /** Null when there is no earlier one. */
  with_id: string | null;
  fixed: EvaluationMove[];
  broken: EvaluationMove[];
  unchanged_passed: number;
  unchanged_failed: EvaluationMove[];
  reworded: number;
  added: number;
  removed: number;
}
