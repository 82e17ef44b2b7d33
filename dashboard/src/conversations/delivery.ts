/** What the status of a message looks like, and what may be done about it. */
import type { Message, MessageStatus } from "../api/conversation";
import type { IconName } from "../ui/icon";

export interface Tick {
  icon: IconName;
  /** Class of its colour. */
  colour: string;
}

const TICKS: Record<MessageStatus, Tick | null> = {
  received: null,
  queued: { icon: "clock", colour: "text-muted" },
  sending: { icon: "clock", colour: "text-muted" },
  sent: { icon: "check", colour: "text-muted" },
  delivered: { icon: "checks", colour: "text-muted" },
  read: { icon: "checks", colour: "text-accent" },
  failed: { icon: "alert", colour: "text-bad" },
  unknown: { icon: "unsure", colour: "text-warn" },
  superseded: { icon: "stop", colour: "text-muted" },
  withdrawn: { icon: "close", colour: "text-muted" },
};

/** Nothing for what the customer wrote, and for notes, which go nowhere. */
export function tickOf(message: Pick<Message, "direction" | "status">): Tick | null {
  return message.direction === "outbound" ? TICKS[message.status] : null;
}

/** A message that is surely or perhaps not with the customer may be sent again, by a person's decision. */
export const mayResend = ({ direction, status }: Pick<Message, "direction" | "status">) =>
  direction === "outbound" && (status === "failed" || status === "unknown");
