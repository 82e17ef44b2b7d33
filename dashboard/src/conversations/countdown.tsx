import { useText } from "../text/language";
import { Icon } from "../ui/icon";
import { useNow } from "./now";
import { clock, remaining, type Remaining } from "./sla";

const COLOUR: Record<Remaining["level"], string> = {
  calm: "text-muted",
  soon: "text-warn bg-warn-soft",
  late: "text-bad bg-bad-soft",
};

/** The time that is left until somebody should have claimed it. */
export function Countdown({ dueAt }: { dueAt: string }) {
  const { t } = useText();
  const { ms, level } = remaining(dueAt, useNow(1_000));
  const label = t(level === "late" ? "inbox.overdue" : "inbox.left", { time: clock(ms) });
  return (
    <span
      role="timer"
      aria-label={label}
      title={label}
      className={`inline-flex shrink-0 items-center gap-1 rounded-full px-2 text-sm font-medium tabular-nums ${COLOUR[level]}`}
    >
      <Icon name="clock" className="size-3.5" />
      <bdi dir="ltr">
        {level === "late" && "−"}
        {clock(ms)}
      </bdi>
    </span>
  );
}
