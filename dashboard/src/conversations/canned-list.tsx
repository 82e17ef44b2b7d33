import type { CannedReply } from "../api/conversation";
import { useText } from "../text/language";

export const optionId = (list: string, index: number) => `${list}-${index}`;

interface CannedListProps {
  id: string;
  replies: readonly CannedReply[];
  hasAny: boolean;
  /** The one that Enter takes. */
  current: number;
  onTake: (reply: CannedReply) => void;
}

/** The canned replies that fit what was typed after the slash. The keys stay with the text field. */
export function CannedList({ id, replies, hasAny, current, onTake }: CannedListProps) {
  const { t } = useText();
  return (
    <div className="border-line bg-surface absolute inset-x-3 bottom-full z-10 mb-1 max-h-64 overflow-y-auto rounded-xl border p-1.5 shadow-lg">
      <div id={id} role="listbox" aria-label={t("inbox.canned")}>
        {replies.map((reply, index) => (
          // The text field has the keys: Enter takes the current one.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={reply.id}
            id={optionId(id, index)}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onTake(reply)}
            ref={(element) => {
              if (index === current) element?.scrollIntoView({ block: "nearest" });
            }}
            className={`cursor-pointer rounded-md px-3 py-1.5 ${index === current ? "bg-raised" : "hover:bg-raised"}`}
          >
            <bdi className="block truncate font-medium">{reply.title}</bdi>
            <p dir="auto" className="text-muted truncate text-sm">
              {reply.text}
            </p>
          </div>
        ))}
      </div>
      {replies.length === 0 && (
        <p role="status" className="text-muted px-3 py-2 text-sm">
          {t(hasAny ? "inbox.cannedNoMatch" : "inbox.cannedNone")}
        </p>
      )}
    </div>
  );
}
