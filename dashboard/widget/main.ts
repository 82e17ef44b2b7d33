/**
 * The chat on a tenant's web site: `<script async src="https://…/widget.js" data-token="wct_…"></script>`.
 *
 * It lives in a shadow root, so that neither the page's styles nor its own reach the other, and loads nothing else.
 */

import { Api } from "./api";
import { Session, Store } from "./session";
import { choose } from "./text";
import { View } from "./view";

async function start(script: HTMLScriptElement): Promise<void> {
  const token = script.dataset["token"];
  if (!token) throw new Error("widget.js: the script has no data-token");
  const api = new Api(new URL(script.src).origin, token);
  const page = script.dataset["language"] ?? document.documentElement.lang;
  const appearance = await api.appearance([page, ...navigator.languages].filter(Boolean));
  const language = choose([appearance.language], appearance.languages);
  const view = new View(appearance, language, {
    opened: () => session.resume(),
    said: (text) => session.queue.add(text),
    chose: (id, title) => session.queue.add(title, undefined, id),
    retried: (id) => session.queue.retry(id),
    attached: (file) => session.sendFile(file),
    rated: (score) => session.rate(score),
    file: (message) => session.file(message),
  });
  const session = new Session(api, new Store(`wafaa:${token}:`), language.code, {
    message: (message) => view.message(message),
    typing: () => view.typing(),
    status: (status, rated) => view.turn(status, rated),
    online: (online) => view.connected(online),
    pending: (said) => view.pending(said),
    reset: () => view.reset(),
  });
  document.body.append(view.host);
  if (script.dataset["open"] !== undefined) view.toggle();
  // Who was in the middle of a conversation is told of answers on the next page too.
  session.resume();
  view.pending(session.queue.waiting);
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  const begin = () => void start(script).catch((error: unknown) => console.error(error));
  if (document.body as HTMLElement | null) begin();
  else addEventListener("DOMContentLoaded", begin);
}
