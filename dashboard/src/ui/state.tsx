/** What a page shows while there is nothing to show: loading, empty, failed. */
import type { ReactNode } from "react";

import { ApiError } from "../api/problem";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "./button";
import { Icon, type IconName } from "./icon";

export function Skeleton({ rows = 4, className = "h-16" }: { rows?: number; className?: string }) {
  const { t } = useText();
  return (
    <div role="status" className="flex flex-col gap-3">
      <span className="sr-only">{t("common.loading")}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={`bg-raised animate-pulse rounded-xl ${className}`} />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  hint?: string;
  children?: ReactNode;
}

export function Empty({ icon, title, hint, children }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-14 text-center">
      <span className="bg-accent-soft text-accent mb-1 grid size-12 place-items-center rounded-2xl">
        <Icon name={icon} className="size-6" />
      </span>
      <p className="text-lg font-semibold">{title}</p>
      {hint && <p className="text-muted max-w-prose">{hint}</p>}
      {children}
    </div>
  );
}

/** One paragraph about an error inside a form or a card. */
export function Problem({ error, title }: { error: unknown; title?: string }) {
  const text = useText();
  if (error === null || error === undefined) return null;
  const request = error instanceof ApiError && error.status >= 500 ? error.requestId : null;
  return (
    <div role="alert" className="bg-bad-soft text-bad flex gap-2 rounded-lg px-3 py-2">
      <Icon name="alert" className="mt-0.5 size-5" />
      <div className="min-w-0">
        {title && <p className="font-medium">{title}</p>}
        <p className="wrap-break-word whitespace-pre-line">{describeError(error, text)}</p>
        {request && <p className="text-sm">{text.t("error.request", { id: request })}</p>}
      </div>
    </div>
  );
}

export function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useText();
  return (
    <div className="flex flex-col items-start gap-3">
      <Problem error={error} title={t("error.title")} />
      <Button icon="retry" onClick={onRetry}>
        {t("common.retry")}
      </Button>
    </div>
  );
}

interface ListStateProps {
  list: { isPending: boolean; isError: boolean; error: unknown; refetch: () => unknown; rows: readonly unknown[] };
  skeleton?: ReactNode;
  empty: ReactNode;
  children: ReactNode;
}

/** The rows once there are any, else why there are none. Rows that were read stay when reading them again fails. */
export function ListState({ list, skeleton, empty, children }: ListStateProps) {
  if (list.rows.length > 0) return children;
  if (list.isPending) return skeleton ?? <Skeleton />;
  if (list.isError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  return empty;
}

interface MoreProps {
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

export function More({ list }: MoreProps) {
  const { t } = useText();
  if (!list.hasNextPage) return null;
  return (
    <div className="flex justify-center py-4">
      <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        {t("common.more")}
      </Button>
    </div>
  );
}
