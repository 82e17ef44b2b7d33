import type { Message, TimelineEntry } from "../api/conversation";
import { useText } from "../text/language";
import { Dialog } from "../ui/dialog";
import { Failed, Skeleton } from "../ui/state";
import { useTimeline } from "./queries";
import { useReason } from "./undelivered";

const BAD = new Set(["failed", "unknown", "superseded"]);

/** The values of a detail, for the reader who wants to know exactly. */
export function factsOf(detail: unknown): [name: string, value: string][] {
  if (typeof detail !== "object" || detail === null) return [];
  return Object.entries(detail).flatMap(([name, value]: [string, unknown]): [string, string][] => {
    if (value === null || value === undefined || value === "") return [];
    return [[name, typeof value === "string" ? value : JSON.stringify(value)]];
  });
}

function Entry({ entry, sincePrevious }: { entry: TimelineEntry; sincePrevious: number | null }) {
  const { tOr, format } = useText();
  const facts = factsOf(entry.detail);
  return (
    <li className="border-line relative border-s-2 ps-5 pb-5 last:pb-0">
      <span
        aria-hidden="true"
        className={`border-surface absolute -start-[7px] top-1.5 size-3 rounded-full border-2 ${BAD.has(entry.stage) ? "bg-bad" : "bg-accent"}`}
      />
      <p className="flex items-baseline justify-between gap-3">
        <span className="font-medium">{tOr(`timeline.${entry.stage}`, entry.stage)}</span>
        {sincePrevious !== null && (
          <span dir="ltr" className="text-muted text-sm tabular-nums">
            +{format.seconds(sincePrevious)}
          </span>
        )}
      </p>
      <p className="text-muted text-sm tabular-nums">{format.time(entry.at)}</p>
      {facts.length > 0 && (
        <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 text-sm">
          {facts.map(([name, value]) => (
            <div key={name} className="col-span-2 grid grid-cols-subgrid">
              <dt dir="ltr" className="text-muted font-mono text-xs leading-6">
                {name}
              </dt>
              <dd dir="auto" className="min-w-0 wrap-anywhere">
                {value}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}

function Summary({ message }: { message: Message }) {
  const { t, tOr, format } = useText();
  const reasonOf = useReason();
  const { sentiment, confidence, model, error } = message;
  const facts: [string, string][] = [
    [t("timeline.status"), t(`message.status.${message.status}`)],
    ...(error ? [[t("timeline.reason"), `${reasonOf(error)} (${error.code})`] as [string, string]] : []),
    ...(confidence === null ? [] : [[t("timeline.confidence"), format.percent(confidence)] as [string, string]]),
    ...(model === null ? [] : [[t("timeline.model"), model] as [string, string]]),
    ...(sentiment === null
      ? []
      : [
          [
            t("timeline.sentiment"),
            `${t(`message.sentiment.${sentiment.label}`)} (${format.number(sentiment.score)}, ${tOr(`timeline.method.${sentiment.method}`, sentiment.method)})`,
          ] as [string, string],
        ]),
  ];
  return (
    <dl className="divide-line mb-6 divide-y">
      {facts.map(([name, value]) => (
        <div key={name} className="grid grid-cols-[7rem_1fr] gap-3 py-1.5">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 wrap-break-word">
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Everything that has happened to one message. */
export function TimelineDrawer({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useText();
  const timeline = useTimeline(message);
  const entries = timeline.data ?? [];
  const since = (index: number) => {
    const [entry, before] = [entries[index], entries[index - 1]];
    return entry && before ? Math.max(Date.parse(entry.at) - Date.parse(before.at), 0) : null;
  };
  return (
    <Dialog drawer title={t("timeline.title")} onClose={onClose}>
      <Summary message={message} />
      {timeline.isPending && <Skeleton rows={4} className="h-10" />}
      {timeline.isError && entries.length === 0 && (
        <Failed error={timeline.error} onRetry={() => void timeline.refetch()} />
      )}
      <ol className="ms-1.5">
        {entries.map((entry, index) => (
          <Entry key={index} entry={entry} sincePrevious={since(index)} />
        ))}
      </ol>
    </Dialog>
  );
}
