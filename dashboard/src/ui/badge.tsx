import type { ReactNode } from "react";

const TONES = {
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  active: "bg-accent-soft text-accent",
  neutral: "bg-raised text-muted",
} as const;

export type Tone = keyof typeof TONES;

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-sm font-medium whitespace-nowrap ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}

/** `value` from 0 to 1. */
export function ProgressBar({ value, label }: { value: number; label: string }) {
  const percent = Math.round(Math.min(Math.max(value, 0), 1) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      className="bg-raised h-1.5 w-full overflow-hidden rounded-full"
    >
      <div className="bg-accent h-full rounded-full transition-[width]" style={{ width: `${percent}%` }} />
    </div>
  );
}

/** Whether a live stream is connected. */
export function LiveMark({ connected, label }: { connected: boolean; label: string }) {
  return (
    <span className="text-muted inline-flex items-center gap-1.5 text-sm" role="status">
      <span className={`size-2 rounded-full ${connected ? "bg-good" : "bg-edge"}`} aria-hidden="true" />
      {label}
    </span>
  );
}
