/** Short messages about what was done, read out by screen readers. */
import { useSyncExternalStore } from "react";

import { useText } from "../text/language";
import { IconButton } from "./button";

const SHOWN_MS = 6_000;

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

const dismiss = (id: number) => change(toasts.filter((toast) => toast.id !== id));

export function toast(text: string, bad = false): void {
  const id = nextId++;
  change([...toasts.slice(-2), { id, text, bad }]);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const { t } = useText();
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-40 flex flex-col items-center gap-2 md:bottom-6"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          className={`pointer-events-auto flex max-w-md items-center gap-2 rounded-xl py-1 ps-4 pe-1 shadow-lg ${
            toast.bad ? "bg-bad-soft text-bad" : "bg-ink text-canvas"
          }`}
        >
          <p dir="auto" className="min-w-0 py-1 wrap-break-word">
            {toast.text}
          </p>
          <IconButton
            icon="close"
            label={t("common.close")}
            onClick={() => dismiss(toast.id)}
            className="text-current! hover:bg-transparent"
          />
        </div>
      ))}
    </div>
  );
}
