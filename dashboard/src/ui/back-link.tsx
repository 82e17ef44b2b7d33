import type { ReactNode } from "react";
import { Link } from "react-router";

import { Icon } from "./icon";

/** The way from one thing to the list that it stands in. */
export function BackLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link to={to} className="text-muted hover:text-ink -my-1 inline-flex min-h-10 items-center gap-1.5 self-start">
      <Icon name="back" className="size-4.5 rtl:-scale-x-100" />
      {children}
    </Link>
  );
}
