/** A golden question as its form has it. */
import { fieldText } from "../ui/field";
import type { QuestionDraft } from "./queries";

export function readQuestion(form: FormData): QuestionDraft {
  const text = (name: string) => fieldText(form, name);
  const unanswerable = form.has("unanswerable");
  const phrases = text("expected_phrases")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const documents = form.getAll("expected_documents").filter((id) => typeof id === "string");
  return {
    question: text("question"),
    expected_documents: unanswerable ? [] : documents,
    expected_phrases: unanswerable ? [] : phrases,
    unanswerable,
    language: text("language").toLowerCase() || null,
    notes: text("notes") || null,
  };
}
