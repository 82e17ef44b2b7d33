import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import type { Source } from "../api/knowledge";
import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { BackLink } from "../ui/back-link";
import { Button } from "../ui/button";
import { Facts } from "../ui/facts";
import { Icon } from "../ui/icon";
import { OutsideLink } from "../ui/outside-link";
import { Card } from "../ui/page";
import { Failed, Skeleton } from "../ui/state";
import { toast } from "../ui/toast";
import { DeleteSourceDialog } from "./delete-dialog";
import { ChangeSourceDialog } from "./dialog";
import { describeDepth } from "./form";
import { PageList } from "./page-list";
import { isCrawling, useRefreshSource, useSource, useStopCrawl } from "./queries";
import { describeSchedule } from "./schedule";
import { Course, SourceBadge } from "./status";

const LIST = "/documents/web";

function Actions({ source }: { source: Source }) {
  const text = useText();
  const { t } = text;
  const navigate = useNavigate();
  const refresh = useRefreshSource();
  const stop = useStopCrawl();
  const [open, setOpen] = useState<"change" | "delete" | null>(null);
  const onError = (error: unknown) => toast(describeError(error, text), true);
  const { job_id: job } = source;
  return (
    <div className="flex flex-wrap gap-2">
      {isCrawling(source) ? (
        job !== null && (
          <Button icon="stop" busy={stop.isPending} onClick={() => stop.mutate(job, { onError })}>
            {t("sources.stop")}
          </Button>
        )
      ) : (
        <Button icon="retry" busy={refresh.isPending} onClick={() => refresh.mutate(source, { onError })}>
          {t("sources.refresh")}
        </Button>
      )}
      <Button onClick={() => setOpen("change")}>{t("common.edit")}</Button>
      <Button look="danger" onClick={() => setOpen("delete")}>
        {t("common.delete")}
      </Button>
      {open === "change" && <ChangeSourceDialog source={source} onClose={() => setOpen(null)} />}
      {open === "delete" && (
        <DeleteSourceDialog source={source} onClose={() => setOpen(null)} onDeleted={() => void navigate(LIST)} />
      )}
    </div>
  );
}

function Settings({ source }: { source: Source }) {
  const text = useText();
  const { t, format } = text;
  const when = (time: string | null) => (time === null ? t("common.none") : format.time(time));
  const patterns = (patterns: readonly string[]) => (
    <span dir="ltr" className="block font-mono text-sm wrap-anywhere whitespace-pre-line rtl:text-end">
      {patterns.join("\n")}
    </span>
  );
  return (
    <Facts
      facts={[
        [t("sources.lastCrawlLabel"), when(source.finished_at)],
        [t("sources.nextCrawlLabel"), when(source.next_run_at)],
        [t("schedule.label"), describeSchedule(source.refresh_cron, source.timezone, text)],
        [t("sources.depth"), describeDepth(source.depth, text)],
        [t("sources.maxPages"), format.number(source.max_pages)],
        ...(source.exclude.length > 0 ? [[t("sources.exclude"), patterns(source.exclude)] as const] : []),
        ...(source.include.length > 0 ? [[t("sources.include"), patterns(source.include)] as const] : []),
      ]}
    />
  );
}

function Found({ source }: { source: Source }) {
  const { t } = useText();
  const { isAdmin } = useMe();
  return (
    <>
      <Card className="flex flex-col gap-4 p-5">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="min-w-0 text-lg font-semibold">
            <OutsideLink url={source.url} />
          </h2>
          <SourceBadge source={source} />
        </div>
        <Course source={source} />
        <Settings source={source} />
        <div className="flex flex-wrap items-center justify-between gap-3">
          {isAdmin && <Actions source={source} />}
          {source.job_id && (
            <Link to={`/jobs?parent=${source.id}`} className="text-accent hover:underline">
              {t("documents.jobs")}
            </Link>
          )}
        </div>
      </Card>
      {source.truncated && (
        <p className="bg-warn-soft text-warn flex items-start gap-2 rounded-lg px-3 py-2">
          <Icon name="alert" className="mt-0.5 size-5" />
          {t("sources.truncated", { max: source.max_pages })}
        </p>
      )}
      <PageList source={source} />
    </>
  );
}

/** A web site: how it is taken, and what became of each of its pages. */
export function SourceDetail() {
  const { t } = useText();
  const { id = "" } = useParams();
  const source = useSource(id);
  return (
    <>
      <BackLink to={LIST}>{t("sources.title")}</BackLink>
      {source.data && <Found source={source.data} />}
      {source.isPending && <Skeleton />}
      {source.isError && !source.data && <Failed error={source.error} onRetry={() => void source.refetch()} />}
    </>
  );
}
