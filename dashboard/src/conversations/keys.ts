/** Where the cache keeps conversations and what belongs to them. */
export const CONVERSATIONS = ["conversations"] as const;
export const messagesKey = (conversation: string) => ["messages", conversation] as const;
export const timelineKey = (message: string) => ["timeline", message] as const;
export const contactKey = (contact: string) => ["contacts", contact] as const;
