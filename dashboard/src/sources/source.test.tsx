import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Source, SourcePage } from "../api/knowledge";
import type { Me, Role } from "../api/types";
import { MeContext } from "../shell/me";
import { setLanguage } from "../text/language";
import { SourceDetail } from "./detail";
import { Sources } from "./page";

const SOURCE: Source = {
  id: "src_1",
  url: "https://shop.example/",
  depth: 2,
  include: [],
  exclude: ["*/cart*"],
  max_pages: 200,
  refresh_cron: "30 4 * * *",
  timezone: "Asia/Riyadh",
  status: "ready",
  error: null,
  progress: 100,
  pages: { total: 2, queued: 0, added: 1, changed: 0, unchanged: 0, skipped: 1, failed: 0, gone: 0 },
  truncated: true,
  job_id: "job_1",
  started_at: "2026-01-01T00:00:00Z",
  finished_at: "2026-01-01T00:01:00Z",
  next_run_at: null,
  created_at: "2026-01-01T00:00:00Z",
};

const page = (change: Partial<SourcePage>): SourcePage => ({
  id: "page_1",
  url: "https://shop.example/",
  depth: 0,
  status: "added",
  reason: null,
  document_id: "doc_1",
  title: "Shop",
  http_status: 200,
  bytes: 900,
  fetched_at: "2026-01-01T00:00:30Z",
  ...change,
});

const PAGES = [
  page({}),
  page({
    id: "page_2",
    url: "https://shop.example/x",
    status: "skipped",
    reason: { code: "robots", message: "robots.txt asks not to." },
    document_id: null,
    title: null,
  }),
];

let asked: { method: string; path: string; body: unknown }[];

beforeEach(() => {
  setLanguage("en");
  asked = [];
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = vi.fn();
  vi.stubGlobal("fetch", (path: string, { method = "GET", body }: RequestInit) => {
    asked.push({ method, path, body: typeof body === "string" ? JSON.parse(body) : undefined });
    const { pathname } = new URL(path, "http://localhost");
    if (method === "DELETE") return Promise.resolve(new Response(null, { status: 204 }));
    if (method === "POST") return Promise.resolve(new Response(JSON.stringify({ source: SOURCE, job_id: "job_1" })));
    const list = pathname.endsWith("/pages") ? PAGES : [SOURCE];
    const answer = pathname === "/api/v1/sources/src_1" ? SOURCE : { data: list, next_cursor: null };
    return Promise.resolve(new Response(JSON.stringify(answer)));
  });
});
afterEach(cleanup);

function open(at: string, role: Role = "admin") {
  const me: Me = { member: { id: "mem_1", email: "a@b.example" }, tenant: null, role };
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MeContext value={me}>
        <MemoryRouter initialEntries={[at]}>
          <Routes>
            <Route path="/documents/web" element={<Sources />} />
            <Route path="/documents/web/:id" element={<SourceDetail />} />
          </Routes>
        </MemoryRouter>
      </MeContext>
    </QueryClientProvider>,
  );
}

const sent = (method: string) => asked.find((request) => request.method === method);
const fill = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
const submit = (label: string) => fireEvent.submit(screen.getByLabelText(label).closest("form") as HTMLFormElement);

it("adds a site that is looked at every week, and shows it", async () => {
  open("/documents/web");
  await screen.findByRole("link", { name: "shop.example/" });
  fireEvent.click(screen.getByRole("button", { name: "Add a site" }));
  fill("Address", "cafe.example");
  fill("Fetch again", "weekly");
  fill("Day", "5");
  fill("Time", "03:00");
  fill("Time zone", "Asia/Riyadh");
  submit("Address");
  await screen.findByRole("list", { name: "Pages" });
  expect(sent("POST")?.body).toEqual({
    url: "https://cafe.example",
    depth: 2,
    include: [],
    exclude: [],
    max_pages: 200,
    refresh_cron: "0 3 * * 5",
    timezone: "Asia/Riyadh",
  });
});

it("tells what became of each page, why, and that there are more", async () => {
  open("/documents/web/src_1");
  const pages = await screen.findByRole("list", { name: "Pages" });
  expect(within(pages).getByRole("link", { name: "Shop" }).getAttribute("href")).toBe("/documents?id=doc_1");
  expect(within(pages).getByText("robots.txt asks not to.")).toBeTruthy();
  expect(screen.getByText(/more pages than the 200/)).toBeTruthy();
  expect(screen.getByText("Every day at 04:30 (Asia/Riyadh)")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Skipped 1" }));
  await waitFor(() => expect(asked.at(-1)?.path).toContain("status=skipped"));
});

it("deletes a source and keeps its documents when asked to", async () => {
  open("/documents/web/src_1");
  fireEvent.click(await screen.findByRole("button", { name: "Delete" }));
  fireEvent.click(screen.getByLabelText("Keep documents"));
  submit("Keep documents");
  await screen.findByRole("list", { name: /Your web sites/ });
  expect(sent("DELETE")?.path).toBe("/api/v1/sources/src_1?keep_documents=true");
});

it("lets a viewer look only", async () => {
  open("/documents/web/src_1", "viewer");
  await screen.findByRole("list", { name: "Pages" });
  expect(screen.queryByRole("button", { name: "Delete" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Fetch now" })).toBeNull();
});
