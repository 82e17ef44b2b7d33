import { useEffect, useRef, type RefObject } from "react";

import { useText } from "../text/language";
import { Empty } from "../ui/state";
import { useInbox } from "./filter";
import { ConversationList } from "./list";
import { Thread } from "./thread";

/** Where the thread was closed, the focus goes back to the list instead of getting lost. */
function useFocusAfterClosing(open: string | null): RefObject<HTMLDivElement | null> {
  const list = useRef<HTMLDivElement>(null);
  const before = useRef(open);
  useEffect(() => {
    if (before.current !== null && open === null) list.current?.focus();
    before.current = open;
  }, [open]);
  return list;
}

/** The list and beside it the open conversation; on a phone one covers the other. */
export function Conversations() {
  const { t } = useText();
  const inbox = useInbox();
  const list = useFocusAfterClosing(inbox.open);
  useEffect(() => {
    document.title = `${t("inbox.title")} · Wafaa`;
  }, [t]);
  return (
    <div className="md:grid md:h-dvh md:grid-cols-[minmax(18rem,23.5rem)_minmax(0,1fr)]">
      <div
        ref={list}
        tabIndex={-1}
        className={`border-line flex-col outline-none md:flex md:min-h-0 md:border-e ${inbox.open === null ? "flex" : "hidden"}`}
      >
        <ConversationList inbox={inbox} />
      </div>
      {inbox.open === null ? (
        <div className="hidden place-items-center md:grid">
          <Empty icon="inbox" title={t("inbox.choose")} hint={t("inbox.chooseHint")} />
        </div>
      ) : (
        <Thread key={inbox.open} id={inbox.open} onClose={inbox.close} />
      )}
    </div>
  );
}
