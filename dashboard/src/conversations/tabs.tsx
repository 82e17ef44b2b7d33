import { CONVERSATION_STATUSES, type ConversationStatus, type Counts } from "../api/conversation";
import { useText } from "../text/language";

interface TabsProps {
  chosen: ConversationStatus;
  counts: Counts | undefined;
  onChoose: (status: ConversationStatus) => void;
}

/** Whose turn it is, with how many there are of each. */
export function StatusTabs({ chosen, counts, onChoose }: TabsProps) {
  const { t, format } = useText();
  return (
    <div
      role="group"
      aria-label={t("inbox.statuses")}
      className="border-line flex shrink-0 overflow-x-auto overflow-y-hidden border-b px-1 [scrollbar-width:none]"
    >
      {CONVERSATION_STATUSES.map((status) => {
        const count = counts?.[status] ?? 0;
        const calls = status === "waiting" && count > 0;
        return (
          <button
            key={status}
            type="button"
            aria-pressed={chosen === status}
            onClick={() => onChoose(status)}
            className={`flex min-h-11 shrink-0 grow items-center justify-center gap-1 border-b-2 px-1.5 text-sm font-medium whitespace-nowrap ${
              chosen === status ? "border-accent text-accent" : "text-muted hover:text-ink border-transparent"
            }`}
          >
            {t(`inbox.status.${status}`)}
            {count > 0 && (
              <span
                className={`rounded-full px-1.5 text-xs leading-5 font-semibold tabular-nums ${calls ? "bg-bad-soft text-bad" : "bg-raised text-muted"}`}
              >
                {count > 999 ? "999+" : format.number(count)}
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}
