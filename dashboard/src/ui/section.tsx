import type { ReactNode } from "react";
import { NavLink } from "react-router";

/** What stands above the content of a section of a page. */
export function SectionHead({ lead, children }: { lead: string; children?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="text-muted max-w-prose">{lead}</p>
      {children}
    </div>
  );
}

export interface SectionLink {
  to: string;
  label: string;
  /** Only at this very address, not at those below it. */
  end?: boolean;
}

/** The way between the sections of a page. */
export function SectionLinks({ label, links }: { label: string; links: readonly SectionLink[] }) {
  return (
    <nav aria-label={label} className="border-line flex gap-1 overflow-x-auto overflow-y-hidden border-b">
      {links.map(({ to, label, end = false }) => (
        <NavLink
          key={to}
          to={to}
          end={end}
          className={({ isActive }) =>
            `flex min-h-10 items-center border-b-2 px-3 font-medium whitespace-nowrap ${
              isActive ? "border-accent text-accent" : "text-muted hover:text-ink border-transparent"
            }`
          }
        >
          {label}
        </NavLink>
      ))}
    </nav>
  );
}
