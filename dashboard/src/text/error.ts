/** What to tell the reader about an error. */
import { ApiError } from "../api/problem";
import type { Key } from "./catalogue";
import type { Text } from "./language";

/** An error of our own side, that is to be told in the reader's language. */
export class TextError extends Error {
  constructor(readonly key: Key) {
    super(key);
    this.name = "TextError";
  }
}

export function describeError(error: unknown, { t }: Text): string {
  if (error instanceof TextError) return t(error.key);
  if (!(error instanceof ApiError)) return t("error.unexpected");
  if (error.status === 0) return t("error.network");
  if (error.code === "llm_tokens_exhausted") return t("error.llm_tokens_exhausted");
  if (error.code === "overloaded") return t("error.overloaded");
  if (error.status === 429) return t("error.rate_limited");
  if (error.status === 403) return t("error.forbidden");
  if (error.status >= 500) return t("error.server");
  if (error.errors.length > 0) return error.errors.map(({ field, message }) => `${field}: ${message}`).join("\n");
  // The API explains in English only, but more exactly than any text chosen by status could.
  return error.message;
}
