import { useText } from "../text/language";
import { LiveMark } from "../ui/badge";
import { Empty, ListState, More, Skeleton } from "../ui/state";
import { useCounts } from "./counts";
import type { Inbox } from "./filter";
import { useConnected } from "./live";
import { useMemberName } from "./name";
import { useConversations } from "./queries";
import { ConversationRow } from "./row";
import { InboxSearch } from "./search";
import { isUnread, useSeen } from "./seen";
import { StatusTabs } from "./tabs";

function Nothing({ inbox }: { inbox: Inbox }) {
  const { t } = useText();
  const { status } = inbox.filter;
  if (inbox.isFiltered) return <Empty icon="search" title={t("inbox.noneMatch")} />;
  return <Empty icon="inbox" title={t(`inbox.empty.${status}`)} hint={t(`inbox.emptyHint.${status}`)} />;
}

export function ConversationList({ inbox }: { inbox: Inbox }) {
  const { t } = useText();
  const counts = useCounts();
  const list = useConversations(inbox.filter);
  const seen = useSeen();
  const nameOf = useMemberName();
  const connected = useConnected();
  const waiting = counts.data?.waiting ?? 0;
  return (
    <section aria-label={t("inbox.list")} className="bg-surface flex min-h-0 flex-1 flex-col">
      <div className="flex items-center justify-between gap-3 px-4 pt-4 md:pt-5">
        <h1 className="text-2xl font-semibold tracking-tight rtl:tracking-normal">{t("inbox.title")}</h1>
        <LiveMark connected={connected} label={t(connected ? "common.live" : "common.connecting")} />
      </div>
      <p role="status" className="sr-only">
        {t("inbox.waiting", { count: waiting })}
      </p>
      <InboxSearch inbox={inbox} />
      <StatusTabs
        chosen={inbox.filter.status}
        counts={counts.data}
        onChoose={(status) => inbox.set("status", status)}
      />
      <div className="min-h-0 flex-1 md:overflow-y-auto">
        <ListState
          list={list}
          skeleton={
            <div className="p-3">
              <Skeleton rows={6} />
            </div>
          }
          empty={<Nothing inbox={inbox} />}
        >
          <ul aria-label={t(`inbox.status.${inbox.filter.status}`)} className="divide-line divide-y">
            {list.rows.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                isOpen={conversation.id === inbox.open}
                unread={
                  (conversation.status === "waiting" || conversation.status === "human") &&
                  conversation.id !== inbox.open &&
                  isUnread(seen, conversation.id, conversation.last_message_at)
                }
                assignee={conversation.assignee === null ? null : nameOf(conversation.assignee)}
                onOpen={() => inbox.show(conversation.id)}
              />
            ))}
          </ul>
          <More list={list} />
        </ListState>
      </div>
    </section>
  );
}
