/** What the inbox shows lives in the address: it can be linked to and survives a reload. */
import { useSearchParams } from "react-router";

import { CONVERSATION_STATUSES, type ConversationStatus } from "../api/conversation";

export interface Filter {
  status: ConversationStatus;
  channel: string;
  assignee: string;
  q: string;
}

export type FilterName = keyof Filter;

const isStatus = (name: string | null): name is ConversationStatus =>
  CONVERSATION_STATUSES.some((status) => status === name);

export function useInbox() {
  const [search, setSearch] = useSearchParams();
  const status = search.get("status");
  const filter: Filter = {
    status: isStatus(status) ? status : "waiting",
    channel: search.get("channel") ?? "",
    assignee: search.get("assignee") ?? "",
    q: search.get("q") ?? "",
  };
  const change = (name: string, value: string, replace: boolean) =>
    setSearch(
      (search) => {
        if (value === "") search.delete(name);
        else search.set(name, value);
        return search;
      },
      { replace },
    );
  return {
    filter,
    isFiltered: filter.channel !== "" || filter.assignee !== "" || filter.q !== "",
    set: (name: FilterName, value: string) => change(name, value, true),
    /** The conversation that is open. */
    open: search.get("id"),
    // On a phone the thread covers the list: the browser's back button leads there.
    show: (id: string) => change("id", id, search.has("id")),
    close: () => change("id", "", true),
  };
}

export type Inbox = ReturnType<typeof useInbox>;
