import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { DocumentReport } from "../api/knowledge";
import type { Document, Role } from "../api/types";
import { MeContext } from "../shell/me";
import { setLanguage } from "../text/language";
import { DocumentDrawer } from "./drawer";

const DOCUMENT: Document = {
  id: "doc_1",
  title: "Menu",
  filename: "menu.pdf",
  media_type: "application/pdf",
  language: "en",
  bytes: 900,
  status: "ready",
  progress: 100,
  version: 3,
  live_version: 3,
  pages: 2,
  chunks: 4,
  error: null,
  source_url: "https://shop.example/menu.pdf",
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
};

const counts = { characters: 1200, headings: 1, tables: 0, rows: 0, direction: "left_to_right" } as const;

const REPORT: DocumentReport = {
  version: 3,
  error: null,
  media_type: "application/pdf",
  title: "Our menu",
  recognised: true,
  total: { ...counts, tables: 2, rows: 14 },
  pages: [
    { number: 1, source: "recognised", certainty: 71, counts },
    { number: 2, source: "picture", certainty: null, counts: { ...counts, characters: 0, headings: 0 } },
  ],
  notes: ["Page 2 is a picture that could not be read.", "“a.txt” became doc_0123456789abcdef0123456789abcdef."],
};

let asked: string[];

beforeEach(() => {
  setLanguage("en");
  asked = [];
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = vi.fn();
  vi.stubGlobal("fetch", (path: string, { method = "GET" }: RequestInit) => {
    asked.push(`${method} ${path}`);
    const { pathname } = new URL(path, "http://localhost");
    if (pathname === "/api/v1/documents/doc_1") return Promise.resolve(new Response(JSON.stringify(DOCUMENT)));
    const answer = pathname.endsWith("/report") ? REPORT : { data: [], next_cursor: null };
    return Promise.resolve(new Response(JSON.stringify(answer)));
  });
});
afterEach(cleanup);

function open(listed: Document | undefined, role: Role = "admin") {
  const me = { member: { id: "mem_1", email: "a@b.example" }, tenant: null, role };
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MeContext value={me}>
        <MemoryRouter>
          <DocumentDrawer id="doc_1" listed={listed} onClose={() => undefined} />
        </MemoryRouter>
      </MeContext>
    </QueryClientProvider>,
  );
}

const show = async (part: string) => fireEvent.click(await screen.findByRole("button", { name: part }));

it("shows page by page what was read, and what was skipped", async () => {
  open(DOCUMENT);
  await show("What was read");
  const rows = within(await screen.findByRole("table")).getAllByRole("row");
  expect(rows[1]?.textContent).toContain("Recognised71% certain");
  expect(rows[1]?.textContent).toContain("1,200 characters · 1 heading");
  expect(rows[2]?.textContent).toContain("Picture, not read");
  expect(screen.getByText("Page 2 is a picture that could not be read.")).toBeTruthy();
  const member = screen.getByRole("link", { name: "a document of its own" });
  expect(member.getAttribute("href")).toBe("/documents?id=doc_0123456789abcdef0123456789abcdef");
  expect(screen.getByText(/2 tables · 14 rows/)).toBeTruthy();
  expect(asked).toContain("GET /api/v1/documents/doc_1/report?version=3");
});

it("leads to the web page that a document is, also when the list has it not", async () => {
  open(undefined);
  const link = await screen.findByRole("link", { name: "shop.example/menu.pdf" });
  expect(link.getAttribute("href")).toBe("https://shop.example/menu.pdf");
});

it("brings an older version back, and tells what was read of it", async () => {
  open(DOCUMENT);
  await show("Versions");
  expect(within(screen.getByRole("list", { name: "Versions" })).getAllByRole("listitem")).toHaveLength(3);
  expect(screen.queryByRole("button", { name: "Bring version 3 back" })).toBeNull();
  await show("Bring version 1 back");
  await waitFor(() => expect(asked).toContain("POST /api/v1/documents/doc_1/versions/1/restore"));
  await show("What was read: Version 2");
  await waitFor(() => expect(asked).toContain("GET /api/v1/documents/doc_1/report?version=2"));
});

it("lets a viewer bring nothing back", async () => {
  open(DOCUMENT, "viewer");
  await show("Versions");
  expect(screen.queryByRole("button", { name: /Bring version/ })).toBeNull();
});
