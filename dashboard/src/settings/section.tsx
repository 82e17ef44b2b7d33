import type { ReactNode } from "react";

/** What stands above the content of a section of the settings. */
export function SectionHead({ lead, children }: { lead: string; children?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="text-muted max-w-prose">{lead}</p>
      {children}
    </div>
  );
}
