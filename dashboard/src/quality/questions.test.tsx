import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { GoldenQuestion } from "../api/knowledge";
import { MeContext } from "../shell/me";
import { setLanguage } from "../text/language";
import { QuestionList } from "./question-list";

const QUESTION: GoldenQuestion = {
  id: "gold_1",
  question: "How much is it?",
  expected_documents: ["doc_1"],
  expected_phrases: ["32 SAR"],
  unanswerable: false,
  language: null,
  notes: null,
};

const DOCUMENTS = [
  { id: "doc_1", title: "Price list" },
  { id: "doc_2", title: "Menu" },
];

let sent: { method: string; path: string; body: unknown; type: string | undefined }[];
let importAnswer: Response;

beforeEach(() => {
  setLanguage("en");
  sent = [];
  importAnswer = new Response('{"added":2,"updated":1}');
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = vi.fn();
  vi.stubGlobal("fetch", (path: string, { method = "GET", body, headers }: RequestInit) => {
    if (method !== "GET") {
      const type = (headers as Record<string, string>)["Content-Type"];
      sent.push({ method, path, body: typeof body === "string" ? JSON.parse(body) : body, type });
      return Promise.resolve(path.endsWith("/import") ? importAnswer : new Response(JSON.stringify(QUESTION)));
    }
    const data = path.startsWith("/api/v1/documents") ? DOCUMENTS : [QUESTION];
    return Promise.resolve(new Response(JSON.stringify({ data, next_cursor: null })));
  });
  const me = { member: { id: "mem_1", email: "a@b.example" }, tenant: null, role: "admin" } as const;
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MeContext value={me}>
        <MemoryRouter>
          <QuestionList />
        </MemoryRouter>
      </MeContext>
    </QueryClientProvider>,
  );
});
afterEach(cleanup);

const fill = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
const submit = () => fireEvent.submit(screen.getByLabelText("Question").closest("form") as HTMLFormElement);

async function write() {
  await screen.findByText("How much is it?");
  fireEvent.click(screen.getByRole("button", { name: "New question" }));
  fill("Question", " Do you deliver on Fridays? ");
}

it("adds a question with the documents and words that are expected", async () => {
  await write();
  await screen.findByRole("option", { name: "Menu" });
  fill("Expected documents", "doc_2");
  fill("Expected documents", "doc_1");
  fireEvent.click(screen.getByRole("button", { name: "Don't expect Price list" }));
  fill("Expected words", "13:30\n\n Friday ");
  submit();
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({ method: "POST", path: "/api/v1/golden-questions" });
  expect(sent[0]?.body).toEqual({
    question: "Do you deliver on Fridays?",
    expected_documents: ["doc_2"],
    expected_phrases: ["13:30", "Friday"],
    unanswerable: false,
    language: null,
    notes: null,
  });
});

it("expects nothing of a question that is unanswerable", async () => {
  await write();
  fill("Expected words", "13:30");
  fireEvent.click(screen.getByLabelText("Unanswerable"));
  submit();
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.body).toMatchObject({ unanswerable: true, expected_documents: [], expected_phrases: [] });
});

it("tells what documents are called that are expected", async () => {
  expect((await screen.findByRole("link", { name: "Price list" })).getAttribute("href")).toBe("/documents?id=doc_1");
});

async function importSheet() {
  await screen.findByText("How much is it?");
  const file = new File(["question\nWhy?"], "questions.csv", { type: "text/plain" });
  fireEvent.change(screen.getByLabelText("Import CSV", { selector: "input" }), { target: { files: [file] } });
  await waitFor(() => expect(sent).toHaveLength(1));
  return file;
}

it("sends a sheet as CSV, whatever the browser takes it for", async () => {
  const file = await importSheet();
  expect(sent[0]).toEqual({ method: "POST", path: "/api/v1/golden-questions/import", body: file, type: "text/csv" });
});

it("tells the line of each mistake in a sheet", async () => {
  const problem = {
    code: "invalid",
    detail: "2 fields are wrong",
    errors: [{ field: "line 3: unanswerable", message: "is true or false" }],
  };
  importAnswer = new Response(JSON.stringify(problem), { status: 422 });
  await importSheet();
  expect((await screen.findByRole("alert")).textContent).toContain("line 3: unanswerable: is true or false");
});
