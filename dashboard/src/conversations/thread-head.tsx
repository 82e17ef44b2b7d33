import type { Conversation, ConversationStatus } from "../api/conversation";
import { useText } from "../text/language";
import { Badge, type Tone } from "../ui/badge";
import { IconButton } from "../ui/button";
import { ChannelMark } from "./channel-mark";
import { Countdown } from "./countdown";
import { Moves } from "./moves";
import { useMemberName, useName } from "./name";

const TONE: Record<ConversationStatus, Tone> = { waiting: "warn", human: "active", bot: "neutral", resolved: "good" };

interface ThreadHeadProps {
  conversation: Conversation;
  onClose: () => void;
  /** Null where the contact is in view anyway. */
  onContact: (() => void) | null;
}

export function ThreadHead({ conversation, onClose, onContact }: ThreadHeadProps) {
  const { t } = useText();
  const name = useName(conversation.contact.name);
  const memberName = useMemberName();
  const { status, assignee, sla_due_at } = conversation;
  return (
    <header className="border-line bg-surface flex flex-wrap items-center gap-x-2 gap-y-1.5 border-b px-2 py-2 sm:px-4">
      <IconButton
        icon="back"
        label={t("inbox.back")}
        onClick={onClose}
        className="md:hidden rtl:[&>svg]:-scale-x-100"
      />
      <div className="min-w-0 flex-1">
        <h2 className="flex items-center gap-2 font-semibold">
          <ChannelMark kind={conversation.channel_kind} />
          <bdi className="truncate">{name}</bdi>
        </h2>
        <p className="flex items-center gap-2">
          <Badge tone={TONE[status]}>{t(`inbox.status.${status}`)}</Badge>
          {status === "waiting" && sla_due_at !== null && <Countdown dueAt={sla_due_at} />}
          {assignee !== null && status !== "waiting" && (
            <bdi className="text-muted min-w-0 truncate text-sm">{memberName(assignee)}</bdi>
          )}
        </p>
      </div>
      {onContact && <IconButton icon="user" label={t("contact.title")} onClick={onContact} />}
      <Moves conversation={conversation} />
    </header>
  );
}
