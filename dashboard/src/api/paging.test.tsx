import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { describe, expect, it, vi } from "vitest";

import { rowsOf, useList, withRow } from "./paging";
import type { Page } from "./types";

interface Row {
  id: string;
  name?: string;
}

const page = (ids: string[], next: string | null): Page<Row> => ({
  data: ids.map((id) => ({ id })),
  next_cursor: next,
});

describe("rowsOf", () => {
  it("shows a row that slid onto the next page once", () => {
    expect(rowsOf([page(["a", "b"], "1"), page(["b", "c"], null)]).map((row) => row.id)).toEqual(["a", "b", "c"]);
  });
});

describe("withRow", () => {
  it("changes the one row and leaves the rest", () => {
    const data = { pages: [page(["a"], "1"), page(["b"], null)], pageParams: [null, "1"] };
    const changed = withRow(data, "b", (row) => ({ ...row, name: "new" }));
    expect(rowsOf(changed?.pages ?? [])).toEqual([{ id: "a" }, { id: "b", name: "new" }]);
    expect(withRow<Row>(undefined, "b", (row) => row)).toBeUndefined();
  });
});

describe("useList", () => {
  it("follows the cursor until there is none", async () => {
    const pages: Record<string, Page<Row>> = {
      "": page(["a"], "one"),
      one: page(["b"], "two"),
      two: page(["c"], null),
    };
    const asked: string[] = [];
    vi.stubGlobal("fetch", (path: string) => {
      asked.push(path);
      const cursor = new URL(path, "http://localhost").searchParams.get("cursor") ?? "";
      return Promise.resolve(new Response(JSON.stringify(pages[cursor])));
    });
    const client = new QueryClient();
    const wrapper = ({ children }: { children: ReactNode }) => (
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    );
    const options = { query: { state: "dead", kind: "" }, limit: 2 };
    const { result } = renderHook(() => useList<Row>(["rows"], "/rows", options), { wrapper });
    const ids = () => result.current.rows.map((row) => row.id);

    await waitFor(() => expect(ids()).toEqual(["a"]));
    for (const expected of [
      ["a", "b"],
      ["a", "b", "c"],
    ]) {
      expect(result.current.hasNextPage).toBe(true);
      await act(() => result.current.fetchNextPage());
      await waitFor(() => expect(ids()).toEqual(expected));
    }
    expect(result.current.hasNextPage).toBe(false);
    expect(asked).toEqual([
      "/rows?state=dead&limit=2",
      "/rows?state=dead&limit=2&cursor=one",
      "/rows?state=dead&limit=2&cursor=two",
    ]);
  });
});
