/** What was begun and not sent, by conversation, until the page is closed. */
import { session } from "../api/session";

const texts = new Map<string, string>();

session.subscribe(() => {
  if (!session.isSignedIn()) texts.clear();
});

export const drafts = {
  get: (conversation: string): string => texts.get(conversation) ?? "",
  set: (conversation: string, text: string): void => {
    if (text === "") texts.delete(conversation);
    else texts.set(conversation, text);
  },
};
