/** What a tenant may choose of the looks: a mode, a colour, a side. Anything else in the setting is left alone. */

export interface Theme {
  mode?: unknown;
  color?: unknown;
  position?: unknown;
}

/** `theme` is a mode such as `"dark"`, or an object with `mode`, `color` and `position`. */
export function look(host: HTMLElement, theme: unknown): void {
  const { mode, color, position }: Theme =
    typeof theme === "string" ? { mode: theme } : typeof theme === "object" && theme !== null ? theme : {};
  if (mode === "light" || mode === "dark") host.dataset["mode"] = mode;
  if (position === "left" || position === "start") host.dataset["side"] = "start";
  const accent = typeof color === "string" ? parse(color) : null;
  if (accent) {
    host.style.setProperty("--accent", `rgb(${accent.join(" ")})`);
    host.style.setProperty("--on-accent", isLight(accent) ? "#111" : "#fff");
  }
}

type Colour = [number, number, number];

/** `#rgb` or `#rrggbb`. */
function parse(color: string): Colour | null {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(color)?.[1];
  if (!digits) return null;
  const size = digits.length / 3;
  const part = (at: number) => {
    const text = digits.slice(at * size, (at + 1) * size);
    return parseInt(size === 1 ? text + text : text, 16);
  };
  return [part(0), part(1), part(2)];
}

/** Whether black reads better on it than white: relative luminance as WCAG 2 has it. */
function isLight(colour: Colour): boolean {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
}
