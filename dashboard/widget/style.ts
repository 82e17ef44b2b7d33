/** The chat's looks. Sides are logical, so that Arabic mirrors it; colours are written once for light and dark. */

export const STYLE = `
:host { all: initial; position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000;
  color-scheme: light dark; font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Arabic", sans-serif;
  --accent: #0d6e66; --on-accent: #fff; --surface: light-dark(#fff, #181d1c); --raised: light-dark(#f0eeea, #262e2c);
  --line: light-dark(#dfdcd5, #37423f); --ink: light-dark(#1c2321, #e8edeb); --muted: light-dark(#5d6562, #a5b1ad); }
:host([data-mode="light"]) { color-scheme: light; }
:host([data-mode="dark"]) { color-scheme: dark; }
:host([data-side="start"]) { inset-inline: 20px auto; }
* { box-sizing: border-box; }
button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; border: 0; background: none; padding: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[hidden] { display: none !important; }
.bubble { inline-size: 56px; block-size: 56px; border-radius: 50%; background: var(--accent); color: var(--on-accent);
  box-shadow: 0 4px 16px #0004; display: grid; place-items: center; margin-inline-start: auto; position: relative; }
.bubble[data-unread]::after { content: ""; position: absolute; inset-block-start: 2px; inset-inline-end: 2px;
  inline-size: 13px; block-size: 13px; border-radius: 50%; background: #d33; border: 2px solid #fff; }
svg { inline-size: 26px; block-size: 26px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
  stroke-linejoin: round; }
.panel { inline-size: min(380px, calc(100vw - 40px)); block-size: min(600px, calc(100dvh - 110px)); display: flex;
  flex-direction: column; background: var(--surface); color: var(--ink); border: 1px solid var(--line);
  border-radius: 14px; overflow: hidden; box-shadow: 0 10px 40px #0005; margin-block-end: 12px; }
header { background: var(--accent); color: var(--on-accent); padding: 10px 14px; display: flex; align-items: center; gap: 8px; }
header h2 { font-size: 1em; font-weight: 600; margin: 0; flex: 1; }
header :focus-visible { outline-color: var(--on-accent); }
.notice { padding: 6px 14px; font-size: .85em; background: var(--raised); color: var(--muted); }
.log { flex: 1; overflow-y: auto; padding: 14px; display: flex; flex-direction: column; gap: 8px; margin: 0; list-style: none; }
.log li { max-inline-size: 85%; align-self: flex-start; }
.log .own { align-self: flex-end; }
.who { font-size: .8em; color: var(--muted); }
.text { background: var(--raised); border-radius: 12px; padding: 8px 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
.own .text { background: var(--accent); color: var(--on-accent); }
.own.pending .text { opacity: .6; }
.own .hint { font-size: .8em; color: var(--muted); text-decoration: underline; }
.text img { max-inline-size: 100%; border-radius: 8px; display: block; }
.text a, .text button { color: inherit; text-decoration: underline; }
.options { display: flex; flex-wrap: wrap; gap: 6px; margin-block-start: 6px; }
.options button { border: 1px solid var(--accent); border-radius: 16px; padding: 4px 12px; }
.rating { padding: 8px 14px; border-block-start: 1px solid var(--line); text-align: center; }
.rating button { font-size: 1.6em; line-height: 1; padding: 4px; color: #b8860b; }
form { display: flex; align-items: flex-end; gap: 6px; padding: 8px; border-block-start: 1px solid var(--line); }
textarea { flex: 1; resize: none; max-block-size: 120px; border: 1px solid var(--line); border-radius: 10px;
  padding: 8px 10px; background: var(--surface); }
form button { inline-size: 40px; block-size: 40px; border-radius: 10px; display: grid; place-items: center; }
form button svg { inline-size: 22px; block-size: 22px; }
:host(:dir(rtl)) .flip { transform: scaleX(-1); }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
@media (prefers-reduced-motion: no-preference) { .panel { animation: rise .15s ease-out; } }
@keyframes rise { from { opacity: 0; translate: 0 10px; } }
@media (max-width: 480px) { .panel { block-size: calc(100dvh - 100px); } }
`;
