import { useEffect, type ReactNode } from "react";

interface PageProps {
  title: string;
  lead?: string;
  /** Stands beside the title. */
  aside?: ReactNode;
  children: ReactNode;
}

export function Page({ title, lead, aside, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Wafaa`;
  }, [title]);
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-5 px-4 py-6 md:px-8 md:py-8">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div>
          <h1 className="text-2xl font-semibold tracking-tight rtl:tracking-normal">{title}</h1>
          {lead && <p className="text-muted max-w-prose">{lead}</p>}
        </div>
        {aside}
      </div>
      {children}
    </div>
  );
}

export function Card({ children, className = "" }: { children: ReactNode; className?: string }) {
  return <section className={`border-line bg-surface rounded-2xl border ${className}`}>{children}</section>;
}
