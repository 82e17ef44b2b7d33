import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Channel } from "../api/conversation";
import { setLanguage } from "../text/language";
import { readReturn, tell } from "./meta-login";
import { MetaLoginDialog } from "./meta-login-dialog";

/** The way between two windows of one origin. */
class Wire {
  static open = new Set<Wire>();
  onmessage: ((event: { data: unknown }) => void) | null = null;
  constructor(readonly name: string) {
    Wire.open.add(this);
  }
  postMessage(data: unknown): void {
    for (const other of Wire.open) if (other !== this && other.name === this.name) other.onmessage?.({ data });
  }
  close(): void {
    Wire.open.delete(this);
  }
}

const FOUND = [
  { name: "+966 11 000 0000 Falafel", settings: { phone_number_id: "1", app_id: "42" }, grant: "grant1" },
  { name: "+966 11 000 0001 Falafel", settings: { phone_number_id: "2", app_id: "42" }, grant: "grant2" },
];

let sent: { method: string | undefined; path: string; body: unknown }[];
let opened: { location: { href: string }; close: () => void };
const saved = vi.fn();

beforeEach(() => {
  setLanguage("en");
  sent = [];
  saved.mockClear();
  opened = { location: { href: "" }, close: vi.fn() };
  // jsdom has no modal dialogs.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = vi.fn();
  vi.stubGlobal("BroadcastChannel", Wire);
  vi.spyOn(window, "open").mockImplementation(() => opened as unknown as Window);
  vi.stubGlobal("fetch", (path: string, { method, body }: RequestInit) => {
    sent.push({ method, path, body: JSON.parse(body as string) });
    const answers: Record<string, unknown> = {
      "/api/v1/channels/oauth/start": { url: "https://www.facebook.com/dialog", state: "ours" },
      "/api/v1/channels/oauth/finish": { expires_at: null, missing: ["whatsapp_business_messaging"], data: FOUND },
    };
    return Promise.resolve(new Response(JSON.stringify(answers[path] ?? { id: "chn_1" })));
  });
});
afterEach(() => {
  cleanup();
  Wire.open.clear();
});

function open(channel: Channel | null) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MetaLoginDialog kind="whatsapp" channel={channel} onSaved={saved} onClose={() => undefined} />
    </QueryClientProvider>,
  );
}

const submit = (label: string) =>
  fireEvent.submit(screen.getByLabelText(label, { selector: "input, select" }).closest("form") as HTMLFormElement);

async function leaveForMeta() {
  fireEvent.change(screen.getByLabelText("App ID"), { target: { value: "42" } });
  fireEvent.change(screen.getByLabelText("App secret"), { target: { value: "hush" } });
  submit("App ID");
  await waitFor(() => expect(opened.location.href).toBe("https://www.facebook.com/dialog"));
}

const last = () => sent.at(-1);

describe("a login at Meta", () => {
  it("makes a channel of the account that was chosen", async () => {
    open(null);
    await leaveForMeta();
    // Somebody else's return, of another window, is none of ours.
    tell({ state: "theirs", code: "other" });
    tell({ state: "ours", code: "code" });
    const account = await screen.findByLabelText("Account");
    const app = { kind: "whatsapp", app_id: "42", redirect_uri: `${location.origin}/meta-login` };
    expect(last()?.body).toEqual({ ...app, app_secret: "hush", code: "code", state: "ours" });
    expect(opened.close).toHaveBeenCalled();
    expect(screen.getByText(/whatsapp_business_messaging/)).toBeTruthy();
    fireEvent.change(account, { target: { value: "1" } });
    submit("Account");
    await waitFor(() => expect(saved).toHaveBeenCalled());
    const { name, settings, grant } = FOUND[1] ?? {};
    const secrets = { app_secret: "hush", verify_token: expect.stringMatching(/^\w{32}$/) as unknown };
    expect(last()).toMatchObject({ method: "POST", path: "/api/v1/channels" });
    expect(last()?.body).toEqual({ kind: "whatsapp", name, settings, grant, secrets });
  });

  it("connects a channel again, with the account that it had", async () => {
    open({ id: "chn_2", settings: { phone_number_id: "2", app_id: "42" } } as unknown as Channel);
    await leaveForMeta();
    tell({ state: "ours", code: "code" });
    await screen.findByLabelText("Account");
    submit("Account");
    await waitFor(() => expect(saved).toHaveBeenCalledWith(expect.anything(), null));
    const { settings, grant } = FOUND[1] ?? {};
    expect(last()).toMatchObject({ method: "PATCH", path: "/api/v1/channels/chn_2" });
    expect(last()?.body).toEqual({ settings, grant, secrets: { app_secret: "hush" } });
  });

  it("says so when somebody didn't agree, and lets them begin again", async () => {
    open(null);
    await leaveForMeta();
    tell({ state: "ours", code: null });
    expect((await screen.findByRole("alert")).textContent).toContain("let nobody in");
    opened.location.href = "";
    await leaveForMeta();
    expect(sent.map(({ path }) => path)).toEqual(Array(2).fill("/api/v1/channels/oauth/start"));
  });

  it("says so when the browser opens no window, and asks nobody then", async () => {
    vi.spyOn(window, "open").mockReturnValue(null);
    open(null);
    submit("App ID");
    expect((await screen.findByRole("alert")).textContent).toContain("Allow windows");
    expect(sent).toEqual([]);
  });
});

it("reads what somebody comes back from Meta with", () => {
  const read = (address: string) => readReturn(new URL(address, "https://wafaa.example"));
  expect(read("/meta-login?code=c%2B1&state=s#_=_")).toEqual({ state: "s", code: "c+1" });
  expect(read("/meta-login?error=access_denied&state=s")).toEqual({ state: "s", code: null });
  expect(read("/meta-login")).toBeNull();
  expect(read("/?code=1&state=s")).toBeNull();
});
