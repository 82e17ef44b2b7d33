import type { Job } from "../api/types";
import { useText } from "../text/language";
import { Badge, type Tone } from "../ui/badge";

const TONE: Record<Job["state"], Tone> = {
  waiting: "neutral",
  ready: "neutral",
  dispatched: "neutral",
  running: "active",
  succeeded: "good",
  dead: "bad",
  cancelled: "warn",
};

export function StateBadge({ job }: { job: Job }) {
  const { t, tOr, format } = useText();
  return (
    <Badge tone={TONE[job.state]}>
      {tOr(`jobs.state.${job.state}`, job.state)}
      {job.state === "running" && job.progress > 0 && (
        <span className="tabular-nums">{format.percent(job.progress / 100)}</span>
      )}
      {job.attempt > 1 && (
        <span className="sr-only">{t("jobs.attemptOf", { attempt: job.attempt, max: job.max_attempts })}</span>
      )}
    </Badge>
  );
}
