import type { RefObject } from "react";

import type { Citation } from "../api/types";
import { useText } from "../text/language";
import { Icon } from "../ui/icon";
import { OutsideLink } from "../ui/outside-link";

interface SourcesProps {
  citations: readonly Citation[];
  list: RefObject<HTMLOListElement | null>;
}

/** Opens a source and brings it into view, with the focus on it. */
export function openSource(list: HTMLOListElement | null, number: number): void {
  const details = list?.children[number - 1]?.querySelector("details");
  if (!details) return;
  details.open = true;
  details.querySelector("summary")?.focus({ preventScroll: true });
  details.scrollIntoView({ block: "nearest" });
}

/** The numbered sources of an answer; each opens to the passage's own words. */
export function Sources({ citations, list }: SourcesProps) {
  const { t } = useText();
  if (citations.length === 0) return null;
  return (
    <div className="border-line border-t pt-3">
      <h3 className="text-muted mb-1.5 text-sm font-medium">{t("ask.sources", { count: citations.length })}</h3>
      <ol ref={list} className="flex flex-col gap-1.5">
        {citations.map((citation, index) => (
          <li key={citation.chunk_id + String(index)}>
            <details className="group border-line rounded-lg border">
              <summary className="hover:bg-raised flex min-h-10 list-none items-center gap-2.5 rounded-lg px-3 py-1.5">
                <span className="bg-accent-soft text-accent grid size-6 shrink-0 place-items-center rounded-md text-sm font-semibold tabular-nums">
                  {index + 1}
                </span>
                <bdi className="min-w-0 truncate font-medium">{citation.title}</bdi>
                {citation.page !== null && (
                  <span className="text-muted shrink-0 text-sm">{t("documents.page", { page: citation.page })}</span>
                )}
                <Icon name="chevron" className="text-muted ms-auto size-4 transition-transform group-open:rotate-180" />
              </summary>
              <blockquote
                dir="auto"
                className="border-accent mx-3 mt-1 mb-3 border-s-2 ps-3 wrap-break-word whitespace-pre-wrap"
              >
                {citation.quote}
              </blockquote>
              {citation.source_url && <OutsideLink url={citation.source_url} className="mx-3 mb-3 text-sm" />}
            </details>
          </li>
        ))}
      </ol>
    </div>
  );
}
