import { beforeEach, describe, expect, it, vi } from "vitest";

import { choose } from "./text";
import { look } from "./theme";
import { View } from "./view";

// jsdom knows no sheets that are made by scripts.
class Sheet {
  replaceSync(): void {
    return;
  }
}

beforeEach(() => {
  vi.stubGlobal("CSSStyleSheet", Sheet);
});

const acts = {
  opened: () => undefined,
  said: vi.fn(),
  retried: () => undefined,
  attached: () => Promise.resolve(),
  rated: () => Promise.resolve(),
  file: () => Promise.resolve(new Blob()),
};

function view(language: string): { root: ShadowRoot; shown: View } {
  const appearance = { name: "Layla", greeting: "Hello!", languages: ["en", "ar"] };
  const shown = new View(appearance, choose([language], appearance.languages), acts);
  const root = shown.host.shadowRoot;
  if (!root) throw new Error("no shadow root");
  return { root, shown };
}

describe("View", () => {
  it("shows what anybody wrote as text, never as markup", () => {
    const { root, shown } = view("en");
    const text = '<img src=x onerror="alert(1)"> & **bold**';
    shown.message({ id: "1", seq: 1, from: "bot", text, at: "" });
    expect(root.querySelector("img")).toBeNull();
    expect(root.querySelector(".log")?.textContent).toContain(text);
  });

  it("is mirrored in Arabic and speaks it", () => {
    const { root, shown } = view("ar-SA");
    expect([shown.host.dir, shown.host.lang]).toEqual(["rtl", "ar"]);
    expect(root.querySelector(".bubble")?.getAttribute("aria-label")).toBe("افتح المحادثة");
  });

  it("asks for stars when a conversation ends unrated", () => {
    const { root, shown } = view("en");
    const rating = root.querySelector<HTMLElement>(".rating");
    shown.turn("human", false);
    expect(rating?.hidden).toBe(true);
    shown.turn("resolved", false);
    expect(rating?.hidden).toBe(false);
    expect(rating?.querySelectorAll("button")).toHaveLength(5);
    shown.turn("resolved", true);
    expect(rating?.hidden).toBe(true);
  });

  it("replaces what was pending once the server has it", () => {
    const { root, shown } = view("en");
    shown.pending([{ id: "c1", text: "Hi" }]);
    expect(root.querySelectorAll(".pending")).toHaveLength(1);
    shown.message({ id: "1", seq: 1, from: "visitor", text: "Hi", client_id: "c1", at: "" });
    expect(root.querySelectorAll(".own")).toHaveLength(1);
    expect(root.querySelectorAll(".pending")).toHaveLength(0);
  });
});

describe("look", () => {
  it("takes a mode by itself, or with a colour that stays readable", () => {
    const host = document.createElement("div");
    look(host, "dark");
    expect(host.dataset["mode"]).toBe("dark");
    look(host, { color: "#ffe", position: "left" });
    expect(host.style.getPropertyValue("--on-accent")).toBe("#111");
    expect(host.dataset["side"]).toBe("start");
    look(host, { color: "red; background: url(x)" });
    expect(host.style.getPropertyValue("--accent")).toBe("rgb(255 255 238)");
  });
});
