import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";

import { SignIn } from "./page";

afterEach(cleanup);

function answer(status: number, code: string) {
  const fetch = vi.fn<typeof globalThis.fetch>(() =>
    Promise.resolve(new Response(JSON.stringify({ code, detail: code }), { status })),
  );
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

function fillIn(label: string, value: string) {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
}

const submit = () => fireEvent.submit(screen.getByLabelText("Email").closest("form") as HTMLFormElement);

function open() {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <SignIn />
    </QueryClientProvider>,
  );
  fillIn("Email", " admin@two.example ");
  fillIn("Password", " with spaces ");
}

it("asks for the tenant when the server does, and sends it", async () => {
  const fetch = answer(409, "tenant_required");
  open();
  submit();
  await screen.findByLabelText("Tenant");
  fillIn("Tenant", "bayt-falafel");
  submit();
  await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(2));
  const sent = fetch.mock.calls.map(([, init]) => JSON.parse(init?.body as string) as unknown);
  const credentials = { email: "admin@two.example", password: " with spaces " };
  expect(sent).toEqual([credentials, { ...credentials, tenant: "bayt-falafel" }]);
});

it("says that email and password don't match", async () => {
  answer(401, "invalid_credentials");
  open();
  submit();
  expect((await screen.findByRole("alert")).textContent).toContain("don't match");
});
