/** The browser's own modal dialog: it keeps the focus, closes on Escape and makes the rest inert. */
import { useId, useLayoutEffect, useRef, type ReactNode } from "react";

import { useText } from "../text/language";
import { Button, IconButton } from "./button";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** A drawer stands at the end of the line, full height; a dialog in the middle. */
  drawer?: boolean;
}

const MIDDLE = "m-auto w-[min(30rem,calc(100vw-2rem))] max-h-[calc(100dvh-2rem)] rounded-2xl border border-line";
const DRAWER =
  "my-0 ms-auto me-0 h-dvh max-h-dvh w-full max-w-full sm:w-[34rem] sm:border-s sm:border-line overscroll-contain";

export function Dialog({ title, onClose, children, drawer = false }: DialogProps) {
  const { t } = useText();
  const heading = useId();
  const element = useRef<HTMLDialogElement>(null);
  // Before the element is taken away, so that closing it gives the focus back to where it was.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("form input, form textarea")?.focus();
    return () => dialog?.close();
  }, []);
  return (
    // The backdrop is part of the dialog element, so a press on the element itself is a press beside its content;
    // Escape does the same for the keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={element}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
      className={`bg-surface text-ink p-0 shadow-xl ${drawer ? DRAWER : MIDDLE}`}
    >
      <div className="flex min-h-full flex-col">
        <header className="border-line bg-surface sticky top-0 z-10 flex items-center gap-2 border-b py-2 ps-5 pe-2">
          <h2 id={heading} dir="auto" className="min-w-0 flex-1 truncate text-lg font-semibold">
            {title}
          </h2>
          <IconButton icon="close" label={t("common.close")} onClick={onClose} />
        </header>
        <div className="flex-1 p-5">{children}</div>
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  hint: string;
  action: string;
  busy?: boolean;
  danger?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm({ title, hint, action, busy = false, danger = false, onConfirm, onClose }: ConfirmProps) {
  const { t } = useText();
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="text-muted">{hint}</p>
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button look={danger ? "danger" : "primary"} busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
