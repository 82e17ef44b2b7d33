import type { ComponentProps } from "react";

import { Icon, type IconName } from "./icon";

const LOOKS = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover",
  plain: "border border-line bg-surface text-ink hover:bg-raised",
  quiet: "text-muted hover:bg-raised hover:text-ink",
  danger: "bg-bad-soft text-bad hover:brightness-95",
} as const;

export type Look = keyof typeof LOOKS;

/** Height 40 px: large enough for a finger. */
export function buttonClass(look: Look = "plain", extra = ""): string {
  const base =
    "inline-flex min-h-10 items-center justify-center gap-2 rounded-lg px-3.5 font-medium transition-colors disabled:opacity-50";
  return `${base} ${LOOKS[look]} ${extra}`;
}

interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
  icon?: IconName;
  busy?: boolean;
}

export function Button({ look = "plain", icon, busy = false, className = "", children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || busy}
      aria-busy={busy}
      className={buttonClass(look, className)}
    >
      {busy ? <Spinner /> : icon && <Icon name={icon} className="size-4.5" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ComponentProps<"button"> {
  icon: IconName;
  label: string;
}

export function IconButton({ icon, label, className = "", ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`text-muted hover:bg-raised hover:text-ink inline-flex size-10 shrink-0 items-center justify-center rounded-lg transition-colors disabled:opacity-50 ${className}`}
    >
      <Icon name={icon} />
    </button>
  );
}

export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-4 animate-spin rounded-full border-2 border-current border-t-transparent rtl:[animation-direction:reverse]"
    />
  );
}
