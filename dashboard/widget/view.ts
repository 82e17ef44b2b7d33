/** The bubble and the panel. */

import type { Appearance, Message } from "./api";
import { element, icon } from "./dom";
import type { Said } from "./queue";
import { STYLE } from "./style";
import type { Language } from "./text";
import { look } from "./theme";

const CHAT = "M21 12a8 8 0 0 1-8 8H4l2-3a8 8 0 1 1 15-5Z";
const CROSS = "M6 6l12 12M18 6L6 18";
const PLANE = "M4 12l16-8-6 16-3-6-7-2Z";
const CLIP = "M20 11l-8 8a5 5 0 0 1-7-7l8-8a3.5 3.5 0 0 1 5 5l-8 8a2 2 0 0 1-3-3l7-7";
/** How long somebody is shown as writing. */
const TYPING = 8_000;

export interface Acts {
  opened(): void;
  said(text: string): void;
  chose(id: string, title: string): void;
  retried(id: string): void;
  attached(file: File): Promise<void>;
  rated(score: number): Promise<void>;
  file(message: string): Promise<Blob>;
}

export class View {
  readonly host = element("div");
  private readonly log: HTMLElement;
  private readonly notice = element("div", { class: "notice", role: "status", hidden: true });
  private readonly writing: HTMLElement;
  private readonly rating = element("div", { class: "rating", role: "group", hidden: true });
  private readonly panel: HTMLElement;
  private readonly bubble: HTMLButtonElement;
  private readonly field: HTMLTextAreaElement;
  private readonly unsent = new Map<string, HTMLElement>();
  private timer = 0;
  private online = true;
  private status = "bot";

  constructor(
    private readonly appearance: Appearance,
    private readonly language: Language,
    private readonly acts: Acts,
  ) {
    const { say } = language;
    this.log = element("ol", { class: "log", role: "log", "aria-label": say("log"), tabindex: "0" });
    this.writing = element("li", { class: "who", hidden: true }, `${appearance.name} ${say("typing")}`);
    this.field = element("textarea", {
      rows: "1",
      dir: "auto",
      maxlength: "4000",
      placeholder: say("placeholder"),
      "aria-label": say("placeholder"),
      keydown: (event) => this.key(event as KeyboardEvent),
      input: () => this.grow(),
    });
    this.panel = this.makePanel();
    this.bubble = element("button", {
      class: "bubble",
      type: "button",
      "aria-expanded": "false",
      click: () => this.toggle(),
    });
    this.draw(false);
    this.attach();
    this.reset();
  }

  message(message: Message): void {
    const own = message.from === "visitor";
    if (message.client_id) this.unsent.get(message.client_id)?.remove();
    const who = { visitor: "you", person: "person", bot: null, system: null }[message.from] as "you" | "person" | null;
    this.put(own, who ? this.language.say(who) : this.appearance.name, message.text ?? "", message);
    if (!own) {
      this.writing.hidden = true;
      if (this.panel.hidden) this.bubble.dataset["unread"] = "";
    }
  }

  pending(said: readonly Said[]): void {
    for (const [id, item] of this.unsent) {
      if (said.some((one) => one.id === id)) continue;
      item.remove();
      this.unsent.delete(id);
    }
    for (const one of said) {
      const item = this.unsent.get(one.id) ?? this.put(true, this.language.say("you"), one.text);
      this.unsent.set(one.id, item);
      item.classList.add("pending");
      item.querySelector(".hint")?.remove();
      if (one.failed) {
        const again = { class: "hint", type: "button", click: () => this.acts.retried(one.id) };
        item.append(element("button", again, this.language.say("failed")));
      }
    }
  }

  typing(): void {
    clearTimeout(this.timer);
    this.writing.hidden = false;
    this.scroll();
    this.timer = window.setTimeout(() => (this.writing.hidden = true), TYPING);
  }

  turn(status: string, rated: boolean): void {
    this.status = status;
    this.rating.hidden = status !== "resolved" || rated;
    this.say();
  }

  connected(online: boolean): void {
    this.online = online;
    this.say();
  }

  reset(): void {
    this.log.replaceChildren(this.writing);
    this.unsent.clear();
    if (this.appearance.greeting) this.put(false, this.appearance.name, this.appearance.greeting);
  }

  private makePanel(): HTMLElement {
    const { say } = this.language;
    const close = element(
      "button",
      { type: "button", "aria-label": say("close"), click: () => this.toggle() },
      icon(CROSS),
    );
    const title = element("h2", { id: "title", dir: "auto" }, this.appearance.name);
    const picker = element("input", {
      type: "file",
      hidden: true,
      tabindex: "-1",
      change: () => void this.pick(picker),
    });
    const attach = element(
      "button",
      { type: "button", "aria-label": say("attach"), click: () => picker.click() },
      icon(CLIP),
    );
    const send = element("button", { type: "submit", "aria-label": say("send") }, icon(PLANE, "flip"));
    const form = element("form", { submit: (event) => this.submit(event) }, attach, picker, this.field, send);
    this.drawRating();
    const labels = { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true };
    const panel = element(
      "section",
      labels,
      element("header", {}, title, close),
      this.notice,
      this.log,
      this.rating,
      form,
    );
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.toggle();
    });
    return panel;
  }

  private attach(): void {
    const root = this.host.attachShadow({ mode: "open" });
    // A sheet of its own is taken whatever the page's policy says of styles.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.host.lang = this.language.code;
    this.host.dir = this.language.direction;
    look(this.host, this.appearance.theme);
    root.append(this.panel, this.bubble);
  }

  private drawRating(): void {
    const { say } = this.language;
    const star = (score: number) => {
      const label = say("stars", { n: `${score}` });
      return element("button", { type: "button", "aria-label": label, click: () => void this.rate(score) }, "★");
    };
    this.rating.replaceChildren(element("div", {}, say("rate")), ...[1, 2, 3, 4, 5].map(star));
  }

  private async rate(score: number): Promise<void> {
    await this.acts.rated(score);
    this.rating.replaceChildren(element("div", { role: "status" }, this.language.say("thanks")));
  }

  private put(own: boolean, who: string, text: string, message?: Message): HTMLElement {
    const words = element("div", { class: "text", dir: "auto" }, text);
    if (message?.file) words.append(this.fileOf(message));
    const item = element(
      "li",
      { class: own ? "own" : "" },
      element("div", { class: own ? "unseen" : "who" }, who),
      words,
    );
    const options = message?.options ?? [];
    if (options.length > 0) {
      const buttons = options.map(({ id, title }) =>
        element("button", { type: "button", dir: "auto", click: () => this.acts.chose(id, title) }, title),
      );
      item.append(element("div", { class: "options" }, ...buttons));
    }
    this.log.insertBefore(item, this.writing);
    this.scroll();
    return item;
  }

  private fileOf(message: Message): HTMLElement {
    const name = message.file?.name ?? message.file?.kind ?? "";
    if (message.file?.kept === false) return element("span", {}, this.language.say("unkept", { name }));
    const open = async () => {
      const url = URL.createObjectURL(await this.acts.file(message.id));
      element("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    };
    const label = this.language.say("download", { name });
    return element("button", { type: "button", click: () => void open() }, label);
  }

  private async pick(picker: HTMLInputElement): Promise<void> {
    const file = picker.files?.[0];
    picker.value = "";
    if (!file) return;
    try {
      await this.acts.attached(file);
    } catch {
      this.put(false, this.appearance.name, this.language.say("refused"));
    }
  }

  private submit(event: Event): void {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = "";
    this.grow();
    this.acts.said(text);
    this.field.focus();
  }

  private key(event: KeyboardEvent): void {
    // Return sends, unless it ends a word that is being composed.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
  }

  private grow(): void {
    this.field.style.blockSize = "auto";
    this.field.style.blockSize = `${this.field.scrollHeight}px`;
  }

  toggle(): void {
    const opens = this.panel.hidden;
    this.panel.hidden = !opens;
    this.draw(opens);
    if (opens) {
      delete this.bubble.dataset["unread"];
      this.acts.opened();
      this.scroll();
      this.field.focus();
    } else {
      this.bubble.focus();
    }
  }

  private draw(open: boolean): void {
    this.bubble.replaceChildren(icon(open ? CROSS : CHAT));
    this.bubble.setAttribute("aria-label", this.language.say(open ? "close" : "open"));
    this.bubble.setAttribute("aria-expanded", `${open}`);
  }

  private say(): void {
    const { say } = this.language;
    const known = this.status === "waiting" || this.status === "human" ? say(this.status) : "";
    const text = this.online ? known : say("offline");
    this.notice.textContent = text;
    this.notice.hidden = text === "";
  }

  private scroll(): void {
    this.log.scrollTop = this.log.scrollHeight;
  }
}
