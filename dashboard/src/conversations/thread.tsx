import { useEffect, useRef, useState } from "react";

import { useMe } from "../shell/me";
import { useText } from "../text/language";
import { Dialog } from "../ui/dialog";
import { Failed, Skeleton } from "../ui/state";
import { Composer } from "./composer";
import { ContactPanel } from "./contact-panel";
import { useMedia } from "./media";
import { Messages } from "./messages";
import { useConversation, useMessages } from "./queries";
import { markSeen } from "./seen";
import { ThreadHead } from "./thread-head";

/** One conversation: who, what was said, and what may be said. */
export function Thread({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useText();
  const { isAgent } = useMe();
  const conversation = useConversation(id);
  const messages = useMessages(id);
  const isWide = useMedia("(min-width: 90rem)");
  const [showsContact, setShowsContact] = useState(false);
  const section = useRef<HTMLElement>(null);
  const lastAt = conversation.data?.last_message_at;
  useEffect(() => {
    if (lastAt !== undefined) markSeen(id, lastAt);
  }, [id, lastAt]);
  useEffect(() => section.current?.focus({ preventScroll: true }), []);
  return (
    <section
      ref={section}
      tabIndex={-1}
      data-thread
      aria-label={t("inbox.thread")}
      className="grid h-dvh min-w-0 grid-cols-[minmax(0,1fr)] outline-none min-[90rem]:grid-cols-[minmax(0,1fr)_20rem]"
    >
      <div className="flex min-h-0 flex-col">
        {conversation.data && (
          <>
            <ThreadHead
              conversation={conversation.data}
              onClose={onClose}
              onContact={isWide ? null : () => setShowsContact(true)}
            />
            <Messages conversation={conversation.data} messages={messages} />
            {isAgent && <Composer conversation={conversation.data} />}
          </>
        )}
        <div className="p-4 empty:hidden">
          {conversation.isPending && <Skeleton />}
          {conversation.isError && !conversation.data && (
            <Failed error={conversation.error} onRetry={() => void conversation.refetch()} />
          )}
        </div>
      </div>
      {conversation.data && isWide && (
        <aside aria-label={t("contact.title")} className="border-line bg-surface overflow-y-auto border-s p-5">
          <ContactPanel conversation={conversation.data} onErased={onClose} />
        </aside>
      )}
      {conversation.data && !isWide && showsContact && (
        <Dialog drawer title={t("contact.title")} onClose={() => setShowsContact(false)}>
          <ContactPanel conversation={conversation.data} onErased={onClose} />
        </Dialog>
      )}
    </section>
  );
}
