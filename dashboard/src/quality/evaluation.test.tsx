import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Evaluation, EvaluationComparison, EvaluationResult } from "../api/knowledge";
import { MeContext } from "../shell/me";
import { setLanguage } from "../text/language";
import { EvaluationDetail } from "./evaluation";

const EVALUATION: Evaluation = {
  id: "eval_2",
  job_id: "job_2",
  state: "finished",
  trigger: "change",
  knowledge: "4@2",
  bot_version: 1,
  confidence_threshold: 0.5,
  questions: 4,
  tried: 4,
  summary: {
    questions: 4,
    answerable: 3,
    passed: 3,
    verdicts: { correct: 2, abstained: 1, wrong: 1, missed: 0, false_answer: 0 },
    r1: 0.5,
    r5: 1,
    mrr: 0.75,
    answered_share: 1,
    false_answer_share: 0,
    auroc: null,
    thresholds: [
      { threshold: 0.5, answered_share: 1, false_answer_share: 0.25 },
      { threshold: 0.6, answered_share: 0.8, false_answer_share: 0 },
    ],
    writers: [{ model: "extractive", answers: 4 }],
    tokens: 0,
    changed_meanwhile: false,
  },
  error: null,
  created_at: "2026-01-02T00:00:00Z",
  started_at: "2026-01-02T00:00:00Z",
  finished_at: "2026-01-02T00:01:00Z",
};
const EARLIER: Evaluation = { ...EVALUATION, id: "eval_1", bot_version: 0, created_at: "2026-01-01T00:00:00Z" };

const COMPARISON: EvaluationComparison = {
  evaluation_id: "eval_2",
  with_id: "eval_1",
  fixed: [],
  broken: [{ question_id: "gold_1", question: "Do you deliver?", before: "correct", after: "wrong" }],
  unchanged_passed: 3,
  unchanged_failed: [],
  reworded: 1,
  added: 0,
  removed: 0,
};

const RESULT: EvaluationResult = {
  question_id: "gold_1",
  question: "How much is it?",
  expected_documents: ["doc_1"],
  expected_phrases: ["32 SAR"],
  unanswerable: false,
  language: "en",
  verdict: "wrong",
  answered: true,
  confidence: 0.8,
  rank: 1,
  document_cited: true,
  phrases_found: false,
  answer: "It is 30 SAR.",
  citations: [],
  model: "extractive",
};

let asked: string[];
let answers: Record<string, unknown>;

beforeEach(() => {
  setLanguage("en");
  asked = [];
  const list = (...data: unknown[]) => ({ data, next_cursor: null });
  answers = {
    "/api/v1/bot": { confidence_threshold: 0.6 },
    "/api/v1/documents": list({ id: "doc_1", title: "Price list" }),
    "/api/v1/evaluations": list(EVALUATION, EARLIER),
    "/api/v1/evaluations/eval_1": EARLIER,
    "/api/v1/evaluations/eval_2": EVALUATION,
    "/api/v1/evaluations/eval_2/compare": COMPARISON,
    "/api/v1/evaluations/eval_2/results": list(RESULT),
  };
  vi.stubGlobal("fetch", (path: string, { method = "GET" }: RequestInit) => {
    asked.push(`${method} ${path}`);
    const { pathname } = new URL(path, "http://localhost");
    return Promise.resolve(new Response(JSON.stringify(answers[pathname] ?? {})));
  });
});
afterEach(cleanup);

function open() {
  const me = { member: { id: "mem_1", email: "a@b.example" }, tenant: null, role: "admin" } as const;
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MeContext value={me}>
        <MemoryRouter initialEntries={["/documents/quality/eval_2"]}>
          <Routes>
            <Route path="/documents/quality/:id" element={<EvaluationDetail />} />
          </Routes>
        </MemoryRouter>
      </MeContext>
    </QueryClientProvider>,
  );
}

const figure = (name: string) => screen.getAllByText(name).find((it) => it.tagName === "DT")?.nextSibling?.textContent;

it("shows the figures, and a dash where there is nothing to have a share in", async () => {
  open();
  await screen.findByText("3 of 4");
  expect(figure("Passed")).toContain("75%");
  expect(figure("Found first (R@1)")).toContain("50%");
  expect(figure("Place (MRR)")).toContain("0.75");
  expect(figure("Telling apart (AUROC)")).toMatch(/^–/);
});

it("marks the bot's threshold of now, and says in words what it does", async () => {
  open();
  const curve = await screen.findByRole("img", { name: /threshold of 60%, about 80% .* 0% / });
  expect(curve.querySelector("[data-threshold]")?.getAttribute("data-threshold")).toBe("0.6");
  expect(screen.getByText("The threshold then: 50%")).toBeTruthy();
  expect(screen.getAllByRole("row", { hidden: true })).toHaveLength(3);
});

it("shows what broke since the evaluation before, and what differs", async () => {
  open();
  await screen.findByText("1 broken");
  expect(screen.getByText("Do you deliver?")).toBeTruthy();
  expect(screen.getByText("3 pass as before · 1 reworded")).toBeTruthy();
  expect(await screen.findByText(/documents were the same; the bot's settings differ/)).toBeTruthy();
  fireEvent.change(screen.getByLabelText("Compare with"), { target: { value: "eval_1" } });
  await waitFor(() => expect(asked).toContain("GET /api/v1/evaluations/eval_2/compare?with=eval_1"));
});

it("lists results by their verdict, with what was expected", async () => {
  open();
  await screen.findByText("How much is it?");
  expect(screen.getByText("80% sure · expected document at place 1")).toBeTruthy();
  expect(await screen.findByRole("link", { name: "Price list", hidden: true })).toBeTruthy();
  expect(screen.getByText("Doesn't say all that is expected")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Wrong 1" }));
  await waitFor(() => expect(asked.at(-1)).toContain("/results?verdict=wrong"));
});

it("lets one that is under way be stopped", async () => {
  answers["/api/v1/evaluations/eval_2"] = { ...EVALUATION, state: "running", tried: 1, summary: null };
  open();
  expect((await screen.findByRole("progressbar")).getAttribute("aria-valuenow")).toBe("25");
  fireEvent.click(screen.getByRole("button", { name: "Stop" }));
  await waitFor(() => expect(asked).toContain("POST /api/v1/jobs/job_2/cancel"));
});
