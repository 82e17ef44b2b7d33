import { useRef } from "react";

import type { Message } from "../api/conversation";
import { Marked } from "../ask/marked";
import { openSource, Sources } from "../ask/sources";
import { useText } from "../text/language";
import { Icon } from "../ui/icon";
import { ContentView } from "./content";
import { tickOf } from "./delivery";
import { Labels } from "./labels";
import { Undelivered } from "./undelivered";

export type Side = "customer" | "bot" | "ours" | "note" | "system";

export function sideOf({ direction, author }: Pick<Message, "direction" | "author">): Side {
  if (direction === "note") return "note";
  if (author === "system") return "system";
  if (author === "bot") return "bot";
  return direction === "inbound" ? "customer" : "ours";
}

const PLACE: Record<Side, string> = {
  customer: "items-start me-auto",
  bot: "items-end ms-auto",
  ours: "items-end ms-auto",
  note: "items-stretch mx-auto w-full",
  system: "items-center mx-auto",
};
const LOOK: Record<Side, string> = {
  customer: "bg-raised rounded-ss-md",
  bot: "bg-surface border-line rounded-se-md border",
  ours: "bg-accent-soft rounded-se-md",
  note: "bg-warn-soft border-warn/30 border border-dashed",
  system: "border-line text-muted border text-sm",
};

function Answer({ message }: { message: Message }) {
  const sources = useRef<HTMLOListElement>(null);
  const { content, citations } = message;
  if (content.type !== "text" || citations.length === 0) return <ContentView content={content} message={message.id} />;
  return (
    <div className="flex flex-col gap-3">
      <p dir="auto" className="wrap-break-word whitespace-pre-wrap">
        <Marked text={content.text} citations={citations} onSource={(number) => openSource(sources.current, number)} />
      </p>
      <Sources citations={citations} list={sources} />
    </div>
  );
}

/** When it was, and where it stands; opens what has happened to it. */
function Meta({ message, onTimeline }: { message: Message; onTimeline: () => void }) {
  const { t, format } = useText();
  const tick = tickOf(message);
  const status = t(`message.status.${message.status}`);
  return (
    <button
      type="button"
      onClick={onTimeline}
      title={tick ? status : format.time(message.at)}
      className="text-muted hover:text-ink flex items-center gap-1 rounded px-1 text-xs tabular-nums hover:underline"
    >
      <time dateTime={message.at}>{format.hour(message.at)}</time>
      {tick && <Icon name={tick.icon} className={`size-4 ${tick.colour}`} />}
      <span className="sr-only">
        {tick && `${status}. `}
        {t("message.details")}
      </span>
    </button>
  );
}

interface BubbleProps {
  message: Message;
  conversation: string;
  /** Who wrote it, where that isn't plain from the message before. */
  author: string | null;
  onTimeline: () => void;
}

export function Bubble({ message, conversation, author, onTimeline }: BubbleProps) {
  const { t } = useText();
  const side = sideOf(message);
  const isOff = message.status === "superseded" || message.status === "withdrawn";
  return (
    <li className={`flex max-w-[min(36rem,88%)] flex-col gap-0.5 ${PLACE[side]}`}>
      {(author !== null || side === "note") && (
        <p className="text-muted flex items-center gap-1.5 px-1 text-sm font-medium">
          {side === "note" && <Icon name="note" className="size-4" />}
          {message.author === "bot" && <Icon name="bot" className="size-4" />}
          {author !== null && <bdi>{author}</bdi>}
          {side === "note" && <span className="font-normal">{t("message.note")}</span>}
        </p>
      )}
      <div className={`max-w-full min-w-0 rounded-2xl px-3.5 py-2 ${LOOK[side]} ${isOff ? "opacity-60" : ""}`}>
        {isOff && <p className="text-sm italic">{t(`message.status.${message.status}`)}</p>}
        <Answer message={message} />
      </div>
      <Labels message={message} />
      <Meta message={message} onTimeline={onTimeline} />
      <Undelivered message={message} conversation={conversation} />
    </li>
  );
}
