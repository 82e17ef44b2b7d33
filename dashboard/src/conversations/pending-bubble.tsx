import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { titlesOf } from "./choices";
import { Options } from "./content";
import type { Pending } from "./outbox";
import { outbox } from "./send";

/** What was just written, before the server has taken it. */
export function PendingBubble({ entry }: { entry: Pending }) {
  const text = useText();
  const { t } = text;
  const isFailed = entry.state === "failed";
  return (
    <li className="ms-auto flex max-w-[min(36rem,88%)] flex-col items-end gap-0.5">
      <div
        className={`max-w-full rounded-2xl px-3.5 py-2 ${entry.kind === "note" ? "bg-warn-soft" : "bg-accent-soft"} ${isFailed ? "" : "opacity-70"}`}
      >
        <p dir="auto" className="wrap-break-word whitespace-pre-wrap">
          {entry.text}
        </p>
        {entry.choices && <Options titles={titlesOf(entry.choices)} />}
      </div>
      {isFailed ? (
        <div role="alert" className="flex flex-wrap items-center justify-end gap-2 px-1">
          <p className="text-bad text-sm">{describeError(entry.error, text)}</p>
          <Button icon="retry" onClick={() => outbox.retry(entry.key)}>
            {t("common.retry")}
          </Button>
          <Button look="quiet" onClick={() => outbox.drop(entry.key)}>
            {t("inbox.discard")}
          </Button>
        </div>
      ) : (
        <p className="text-muted flex items-center gap-1 px-1 text-xs">
          <Icon name="clock" className="size-4" />
          {t("message.status.sending")}
        </p>
      )}
    </li>
  );
}
