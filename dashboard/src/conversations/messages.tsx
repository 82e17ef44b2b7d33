import { Fragment, useState } from "react";

import type { Conversation, Message } from "../api/conversation";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Failed, Skeleton } from "../ui/state";
import { Bubble } from "./bubble";
import { useMemberName, useName } from "./name";
import { PendingBubble } from "./pending-bubble";
import type { useMessages } from "./queries";
import { usePending } from "./send";
import { TimelineDrawer } from "./timeline-drawer";
import { useTyping } from "./typing";

function useAuthorName(contact: string): (author: string) => string {
  const { t } = useText();
  const memberName = useMemberName();
  return (author) => {
    if (author === "customer") return contact;
    if (author === "bot" || author === "program" || author === "system") return t(`message.author.${author}`);
    return memberName(author);
  };
}

const dayOf = (message: Message) => new Date(message.at).toDateString();

function Day({ at }: { at: string }) {
  const { format } = useText();
  return (
    <li className="text-muted my-1 flex items-center gap-3 text-sm">
      <span className="bg-line h-px flex-1" />
      <time dateTime={at}>{format.day(at)}</time>
      <span className="bg-line h-px flex-1" />
    </li>
  );
}

interface MessagesProps {
  conversation: Conversation;
  messages: ReturnType<typeof useMessages>;
}

/** What was said, newest at the bottom and in view. */
export function Messages({ conversation, messages }: MessagesProps) {
  const { t } = useText();
  const { id } = conversation;
  const contact = useName(conversation.contact.name);
  const authorName = useAuthorName(contact);
  const pending = usePending(id);
  const isTyping = useTyping(id);
  const [opened, setOpened] = useState<string | null>(null);
  const { rows } = messages;
  const timeline = rows.find((message) => message.id === opened);
  return (
    // In a reversed column the end is where scrolling begins, and stays when older messages come in above.
    <div className="flex min-h-0 flex-1 flex-col-reverse overflow-y-auto overscroll-contain px-3 py-4 sm:px-5">
      <div role="log" aria-label={t("inbox.messages")} aria-busy={messages.isFetchingNextPage} className="mb-auto">
        {messages.hasNextPage && (
          <div className="mb-4 flex justify-center">
            <Button busy={messages.isFetchingNextPage} onClick={() => void messages.fetchNextPage()}>
              {t("inbox.earlier")}
            </Button>
          </div>
        )}
        {messages.isPending && <Skeleton rows={5} className="h-14" />}
        {messages.isError && rows.length === 0 && (
          <Failed error={messages.error} onRetry={() => void messages.refetch()} />
        )}
        <ol className="flex flex-col gap-2">
          {rows.map((message, index) => {
            const before = rows[index - 1];
            const isNewDay = before === undefined || dayOf(before) !== dayOf(message);
            const isNewAuthor = isNewDay || before.author !== message.author || before.direction !== message.direction;
            return (
              <Fragment key={message.id}>
                {isNewDay && <Day at={message.at} />}
                <Bubble
                  message={message}
                  conversation={id}
                  author={isNewAuthor ? authorName(message.author) : null}
                  onTimeline={() => setOpened(message.id)}
                />
              </Fragment>
            );
          })}
          {pending.map((entry) => (
            <PendingBubble key={entry.key} entry={entry} />
          ))}
        </ol>
        {isTyping && <p className="text-muted mt-2 animate-pulse text-sm italic">{t("inbox.typing")}</p>}
      </div>
      {timeline && <TimelineDrawer message={timeline} onClose={() => setOpened(null)} />}
    </div>
  );
}
