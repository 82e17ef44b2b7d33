import type { Conversation } from "../api/conversation";
import { useText } from "../text/language";
import { Badge } from "../ui/badge";
import { ChannelMark } from "./channel-mark";
import { Countdown } from "./countdown";
import { useName } from "./name";

interface RowProps {
  conversation: Conversation;
  isOpen: boolean;
  /** Whether something was said since it was last looked at here. */
  unread: boolean;
  assignee: string | null;
  onOpen: () => void;
}

export function ConversationRow({ conversation, isOpen, unread, assignee, onOpen }: RowProps) {
  const { t, tOr, format } = useText();
  const name = useName(conversation.contact.name);
  const { status, priority, handoff_reason, sla_due_at, last_text } = conversation;
  const isWaiting = status === "waiting";
  return (
    <li
      className={`relative border-s-3 px-3.5 py-3 ${isOpen ? "bg-accent-soft border-s-accent" : "hover:bg-raised border-s-transparent"}`}
    >
      <div className="flex items-center gap-2">
        <ChannelMark kind={conversation.channel_kind} />
        <button
          type="button"
          aria-current={isOpen}
          onClick={onOpen}
          className={`min-w-0 flex-1 truncate text-start after:absolute after:inset-0 ${unread ? "font-bold" : "font-medium"}`}
        >
          <bdi>{name}</bdi>
          {unread && <span className="sr-only"> ({t("inbox.unread")})</span>}
        </button>
        {isWaiting && sla_due_at !== null ? (
          <Countdown dueAt={sla_due_at} />
        ) : (
          <span className="text-muted shrink-0 text-sm tabular-nums">{format.ago(conversation.last_message_at)}</span>
        )}
      </div>
      <div className="mt-0.5 flex items-center gap-2">
        <p dir="auto" className={`min-w-0 flex-1 truncate text-sm ${unread ? "text-ink" : "text-muted"}`}>
          {last_text ?? t("inbox.noWords")}
        </p>
        {unread && <span aria-hidden="true" className="bg-accent size-2.5 shrink-0 rounded-full" />}
      </div>
      {(isWaiting || assignee !== null || conversation.csat !== null) && (
        <div className="mt-1.5 flex flex-wrap items-center gap-1.5">
          {(priority === "urgent" || priority === "high") && (
            <Badge tone={priority === "urgent" ? "bad" : "warn"}>{t(`inbox.priority.${priority}`)}</Badge>
          )}
          {isWaiting && handoff_reason !== null && (
            <Badge tone="neutral">{tOr(`inbox.reason.${handoff_reason}`, handoff_reason)}</Badge>
          )}
          {assignee !== null && (
            <Badge tone="neutral">
              <bdi className="max-w-44 truncate">{assignee}</bdi>
            </Badge>
          )}
          {conversation.csat !== null && (
            <Badge tone={conversation.csat >= 4 ? "good" : "warn"}>
              {t("inbox.csat", { score: conversation.csat })}
            </Badge>
          )}
        </div>
      )}
    </li>
  );
}
