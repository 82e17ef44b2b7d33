import { expect, it } from "vitest";

import { parseProblem } from "./problem";

it("reads a problem with its fields", () => {
  const body = {
    code: "invalid_request",
    detail: "see `errors`",
    request_id: "req_1",
    errors: [{ field: "admin.email", message: "is not an address" }],
  };
  const error = parseProblem(422, JSON.stringify(body));
  expect(error).toMatchObject({ status: 422, code: "invalid_request", message: "see `errors`", requestId: "req_1" });
  expect(error.field("admin.email")).toBe("is not an address");
  expect(error.field("name")).toBeUndefined();
});

it("makes do with a page that is no problem", () => {
  expect(parseProblem(502, "<html>Bad Gateway</html>")).toMatchObject({ code: "http_502", message: "HTTP 502" });
  expect(parseProblem(500, "null")).toMatchObject({ code: "http_500", errors: [] });
});
