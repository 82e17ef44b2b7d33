/** How long a waiting conversation has until a person should have claimed it. */

/** The last minutes are shown as urgent. */
const SOON_MS = 5 * 60_000;

export interface Remaining {
  /** Negative when it is overdue. */
  ms: number;
  level: "calm" | "soon" | "late";
}

export function remaining(dueAt: string, now: number): Remaining {
  const ms = Date.parse(dueAt) - now;
  if (ms < 0) return { ms, level: "late" };
  return { ms, level: ms <= SOON_MS ? "soon" : "calm" };
}

/** As a clock shows it: `4:05`, `1:02:09`. What is left is rounded up, so that zero means over. */
export function clock(ms: number): string {
  const seconds = ms < 0 ? Math.floor(-ms / 1000) : Math.ceil(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
