import type { JobState, JobStats, Lane } from "../api/types";
import { LANES } from "../api/types";
import { useText } from "../text/language";
import { Card } from "../ui/page";
import { Skeleton } from "../ui/state";

interface LaneNumbers {
  lane: Lane;
  running: number;
  waiting: number;
  dead: number;
  perMinute: number;
  oldestMs: number;
}

const GROUP: Partial<Record<JobState, "running" | "waiting" | "dead">> = {
  waiting: "waiting",
  ready: "waiting",
  dispatched: "waiting",
  running: "running",
  dead: "dead",
};

/** The numbers of the lanes that have any. */
export function numbersByLane(stats: JobStats): LaneNumbers[] {
  return LANES.flatMap((lane) => {
    const counts = stats.counts.filter((count) => count.lane === lane);
    const rates = stats.lanes.find((rates) => rates.lane === lane);
    if (counts.length === 0 && !rates) return [];
    const of = (group: string) =>
      counts.filter((count) => GROUP[count.state] === group).reduce((sum, count) => sum + count.jobs, 0);
    return {
      lane,
      running: of("running"),
      waiting: of("waiting"),
      dead: of("dead"),
      perMinute: rates?.succeeded_last_minute ?? 0,
      oldestMs: rates?.oldest_ready_ms ?? 0,
    };
  });
}

interface LaneTilesProps {
  stats: JobStats | undefined;
  chosen: string;
  onChoose: (lane: string) => void;
}

export function LaneTiles({ stats, chosen, onChoose }: LaneTilesProps) {
  const { t, format } = useText();
  if (stats === undefined) return <Skeleton rows={1} className="h-24" />;
  const lanes = numbersByLane(stats);
  if (lanes.length === 0) return null;
  return (
    <ul
      aria-label={t("jobs.lanes")}
      className="-mx-4 flex snap-x gap-3 overflow-x-auto px-4 pb-1 md:mx-0 md:grid md:grid-cols-3 md:px-0"
    >
      {lanes.map((numbers) => (
        <li key={numbers.lane} className="w-56 shrink-0 snap-start scroll-ms-4 md:w-auto">
          <Card className={`h-full ${chosen === numbers.lane ? "border-accent!" : ""}`}>
            <button
              type="button"
              aria-pressed={chosen === numbers.lane}
              onClick={() => onChoose(chosen === numbers.lane ? "" : numbers.lane)}
              className="hover:bg-raised flex size-full flex-col rounded-2xl px-4 py-3 text-start"
            >
              <span className="text-muted text-sm font-medium">{t(`jobs.lane.${numbers.lane}`)}</span>
              <span className="text-xl font-semibold tabular-nums">{t("jobs.active", { count: numbers.running })}</span>
              <span className="text-muted text-sm tabular-nums">
                {t("jobs.waiting", { count: numbers.waiting })}
                {numbers.dead > 0 && <span className="text-bad"> · {t("jobs.dead", { count: numbers.dead })}</span>}
              </span>
              <span className="text-muted text-sm tabular-nums">
                {t("jobs.perMinute", { count: numbers.perMinute })}
                {numbers.oldestMs >= 1000 && ` · ${t("jobs.oldest", { duration: format.seconds(numbers.oldestMs) })}`}
              </span>
            </button>
          </Card>
        </li>
      ))}
    </ul>
  );
}
