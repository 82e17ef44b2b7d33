import type { Job } from "../api/types";
import { useText } from "../text/language";
import { Card } from "../ui/page";
import { StateBadge } from "./state-badge";

interface JobTableProps {
  jobs: readonly Job[];
  /** Null for members, who see their own tenant only. */
  tenantName: ((id: string) => string) | null;
  onOpen: (id: string) => void;
}

const HEAD = "px-4 py-2.5 text-sm font-medium text-muted";
const CELL = "px-4 py-3 align-top";

/** The newest time that says when something happened to it. */
const lastTime = (job: Job) => job.finished_at ?? job.started_at ?? job.run_at;

function JobRow({ job, tenantName, onOpen }: { job: Job } & Omit<JobTableProps, "jobs">) {
  const { t, tOr, format } = useText();
  const lane = tOr(`jobs.lane.${job.lane}`, job.lane);
  const attempts = t("jobs.attemptOf", { attempt: job.attempt, max: job.max_attempts });
  return (
    <tr className="hover:bg-raised/60 relative">
      <td className={CELL}>
        <button
          type="button"
          aria-label={t("jobs.open", { kind: job.kind, id: job.id })}
          onClick={() => onOpen(job.id)}
          className="font-mono font-medium after:absolute after:inset-0"
        >
          {job.kind}
        </button>
        {tenantName && (
          <p className="text-muted text-sm lg:hidden">
            <bdi>{tenantName(job.tenant_id)}</bdi>
          </p>
        )}
        {job.parent && (
          <p dir="ltr" className="text-muted max-w-40 truncate font-mono text-xs rtl:text-end">
            {job.parent}
          </p>
        )}
        {job.state === "dead" && job.last_error && (
          <p className="text-bad line-clamp-2 text-sm wrap-break-word">
            <bdi>{job.last_error}</bdi>
          </p>
        )}
      </td>
      {tenantName && (
        <td className={`${CELL} hidden lg:table-cell`}>
          <bdi>{tenantName(job.tenant_id)}</bdi>
        </td>
      )}
      <td className={`${CELL} hidden md:table-cell`}>{lane}</td>
      <td className={`${CELL} hidden tabular-nums md:table-cell`}>{attempts}</td>
      <td className={`${CELL} text-muted hidden whitespace-nowrap tabular-nums sm:table-cell`}>
        {format.ago(lastTime(job))}
      </td>
      <td className={`${CELL} text-end`}>
        <StateBadge job={job} />
        <p className="text-muted mt-0.5 text-sm tabular-nums sm:hidden">{format.ago(lastTime(job))}</p>
      </td>
    </tr>
  );
}

export function JobTable({ jobs, ...rest }: JobTableProps) {
  const { t } = useText();
  return (
    <Card className="overflow-hidden">
      <table className="w-full">
        <caption className="sr-only">{t("jobs.list")}</caption>
        <thead>
          <tr className="border-line border-b">
            <th className={`${HEAD} text-start`}>{t("jobs.kind")}</th>
            {rest.tenantName && <th className={`${HEAD} hidden text-start lg:table-cell`}>{t("jobs.tenant")}</th>}
            <th className={`${HEAD} hidden text-start md:table-cell`}>{t("jobs.lane")}</th>
            <th className={`${HEAD} hidden text-start md:table-cell`}>{t("jobs.attempt")}</th>
            <th className={`${HEAD} hidden text-start sm:table-cell`}>{t("jobs.updated")}</th>
            <th className={`${HEAD} text-end`}>{t("jobs.state")}</th>
          </tr>
        </thead>
        <tbody className="divide-line divide-y">
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} {...rest} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}
