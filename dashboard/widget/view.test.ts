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
  chose: vi.fn(),
  retried: () => undefined,
  attached: () => Promise.resolve(),
  rated: () => Promise.resolve(),
  file: () => Promise.resolve(new Blob()),
};

function view(language: string): { root: ShadowRoot; shown: View } {
  const appearance = { name: "Layla", greeting: "Hello!", language, languages: ["en", "ar", "de"] };
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

  it("has words of its own in every language that a bot has", () => {
    const labels = ["de-AT", "es", "fr-CA", "ja"].map((tag) => choose([tag], ["en", "de", "es", "fr"]).say("send"));
    expect(labels).toEqual(["Senden", "Enviar", "Envoyer", "Send"]);
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

  it("offers no file that isn't kept", () => {
    const { root, shown } = view("en");
    const file = { kind: "image", name: "photo.png" };
    shown.message({ id: "1", seq: 1, from: "visitor", file: { ...file, kept: true }, at: "" });
    expect(root.querySelector(".text button")?.textContent).toBe("Download photo.png");
    shown.message({ id: "2", seq: 2, from: "visitor", file: { ...file, kept: false }, at: "" });
    expect(root.querySelectorAll(".text button")).toHaveLength(1);
    expect(root.querySelector(".log")?.textContent).toContain("photo.png could not be kept.");
  });

  it("says what was chosen by its id, with its title for people", () => {
    const { root, shown } = view("en");
    const options = [{ id: "wafaa:person", title: "Talk to a person" }];
    shown.message({ id: "1", seq: 1, from: "bot", text: "I don't know.", options, at: "" });
    root.querySelector<HTMLButtonElement>(".options button")?.click();
    expect(acts.chose).toHaveBeenCalledExactlyOnceWith("wafaa:person", "Talk to a person");
    expect(acts.said).not.toHaveBeenCalled();
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
