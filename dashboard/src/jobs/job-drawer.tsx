import type { ReactNode } from "react";

import type { Job } from "../api/types";
import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { ProgressBar } from "../ui/badge";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Failed, Skeleton } from "../ui/state";
import { toast } from "../ui/toast";
import { useCancelJob, useJob, useRetryJob } from "./queries";
import { StateBadge } from "./state-badge";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[7rem_1fr] gap-3 py-1.5">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 wrap-break-word">{children}</dd>
    </div>
  );
}

function Actions({ job }: { job: Job }) {
  const text = useText();
  const { t } = text;
  const { isAdmin, isOperator } = useMe();
  const retry = useRetryJob();
  const cancel = useCancelJob();
  const onError = (error: unknown) => toast(describeError(error, text), true);
  if (!isAdmin && !isOperator) return null;
  const isOver = job.state === "succeeded" || job.state === "dead" || job.state === "cancelled";
  return (
    <div className="mt-5 flex gap-2">
      {(job.state === "dead" || job.state === "cancelled") && (
        <Button
          look="primary"
          icon="retry"
          busy={retry.isPending}
          onClick={() => retry.mutate(job.id, { onError, onSuccess: () => toast(t("jobs.retried")) })}
        >
          {t("jobs.retry")}
        </Button>
      )}
      {!isOver && (
        <Button
          look="danger"
          icon="stop"
          busy={cancel.isPending || job.cancel_requested}
          onClick={() => cancel.mutate(job.id, { onError, onSuccess: () => toast(t("jobs.cancelled")) })}
        >
          {t("jobs.cancel")}
        </Button>
      )}
    </div>
  );
}

function Details({ job, tenantName }: { job: Job; tenantName: ((id: string) => string) | null }) {
  const { t, tOr, format } = useText();
  const code = (text: string) => (
    <bdi dir="ltr" className="font-mono text-sm break-all">
      {text}
    </bdi>
  );
  const time = (text: string | null) => (text === null ? t("common.none") : format.time(text));
  return (
    <>
      {job.last_error && (
        <section className="mb-4">
          <h3 className="text-muted mb-1">{t("jobs.lastError")}</h3>
          <pre
            dir="auto"
            className="bg-bad-soft text-bad rounded-lg p-3 font-mono text-sm wrap-break-word whitespace-pre-wrap"
          >
            {job.last_error}
          </pre>
        </section>
      )}
      <dl className="divide-line divide-y">
        <Fact name={t("jobs.state")}>
          <StateBadge job={job} />
        </Fact>
        {job.state === "running" && (
          <Fact name={t("jobs.progress")}>
            <ProgressBar value={job.progress / 100} label={t("jobs.progress")} />
          </Fact>
        )}
        <Fact name={t("jobs.id")}>{code(job.id)}</Fact>
        {tenantName && (
          <Fact name={t("jobs.tenant")}>
            <bdi>{tenantName(job.tenant_id)}</bdi>
          </Fact>
        )}
        <Fact name={t("jobs.lane")}>{tOr(`jobs.lane.${job.lane}`, job.lane)}</Fact>
        <Fact name={t("jobs.attempt")}>{t("jobs.attemptOf", { attempt: job.attempt, max: job.max_attempts })}</Fact>
        {job.parent && <Fact name={t("jobs.parent")}>{code(job.parent)}</Fact>}
        <Fact name={t("common.created")}>{time(job.created_at)}</Fact>
        <Fact name={t("jobs.runAt")}>{time(job.run_at)}</Fact>
        <Fact name={t("jobs.started")}>{time(job.started_at)}</Fact>
        <Fact name={t("jobs.finished")}>{time(job.finished_at)}</Fact>
      </dl>
      <Actions job={job} />
    </>
  );
}

interface JobDrawerProps {
  id: string;
  tenantName: ((id: string) => string) | null;
  onClose: () => void;
}

export function JobDrawer({ id, tenantName, onClose }: JobDrawerProps) {
  const { t } = useText();
  const job = useJob(id);
  return (
    <Dialog drawer title={job.data?.kind ?? t("jobs.title")} onClose={onClose}>
      {job.data && <Details job={job.data} tenantName={tenantName} />}
      {job.isPending && <Skeleton rows={6} className="h-8" />}
      {job.isError && !job.data && <Failed error={job.error} onRetry={() => void job.refetch()} />}
    </Dialog>
  );
}
