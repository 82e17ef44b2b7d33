/** Choosing a canned reply by typing: a draft that begins with a slash looks for one. */
import type { CannedReply } from "../api/conversation";

/** What is looked for; null while the draft is none of that. */
export function wantedIn(draft: string): string | null {
  return /^\/([^\n]{0,40})$/.exec(draft)?.[1] ?? null;
}

/** Those whose title begins with what is wanted, then those that have it anywhere. */
export function matching(replies: readonly CannedReply[], wanted: string): CannedReply[] {
  const needle = wanted.trim().toLocaleLowerCase();
  const place = ({ title, text }: CannedReply) => {
    const at = title.toLocaleLowerCase().indexOf(needle);
    if (at >= 0) return at === 0 ? 0 : 1;
    return text.toLocaleLowerCase().includes(needle) ? 2 : 3;
  };
  return replies
    .map((reply) => ({ reply, place: place(reply) }))
    .filter(({ place }) => place < 3)
    .toSorted((one, other) => one.place - other.place)
    .map(({ reply }) => reply);
}
