import { useId, useRef, useState, type KeyboardEvent } from "react";

import type { Conversation } from "../api/conversation";
import { useCanned } from "../settings/queries";
import { useText } from "../text/language";
import { Button, IconButton } from "../ui/button";
import { CannedList, optionId } from "./canned-list";
import { matching, wantedIn } from "./canned";
import { begun, LONGEST_ABOVE, readChoices, type Choices } from "./choices";
import { ChoicesEditor } from "./choices-editor";
import { drafts } from "./drafts";
import type { Draft } from "./outbox";
import { outbox } from "./send";
import { TemplateDialog } from "./template-dialog";

const KINDS: readonly Draft["kind"][] = ["reply", "note"];

/** Where a member writes to the customer, or a note to their colleagues. */
export function Composer({ conversation }: { conversation: Conversation }) {
  const { t } = useText();
  const { id } = conversation;
  const [kind, setKind] = useState<Draft["kind"]>("reply");
  const [text, setText] = useState(() => drafts.get(id));
  const [chosen, setChosen] = useState(0);
  const [dismissed, setDismissed] = useState(false);
  const [asking, setAsking] = useState(false);
  const [choices, setChoices] = useState<Choices | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const list = useId();

  const wanted = dismissed ? null : wantedIn(text);
  const canned = useCanned(wanted !== null);
  const offered = wanted === null ? [] : matching(canned.rows, wanted);
  const isOffering = wanted !== null && canned.isSuccess;
  const current = Math.min(chosen, offered.length - 1);

  const write = (text: string) => {
    drafts.set(id, text);
    setText(text);
    setChosen(0);
    setDismissed(false);
  };
  const take = (text: string) => {
    write(text);
    area.current?.focus();
  };
  const send = () => {
    const words = text.trim();
    if (words === "") return;
    const offered = kind === "reply" && choices !== null ? readChoices(choices) : null;
    outbox.put({ conversation: id, kind, text: words, ...(offered && { choices: offered }) });
    write("");
    setChoices(null);
    setKind("reply");
    area.current?.focus();
  };
  /** Whether the list of canned replies has used the key. */
  const isForList = (event: KeyboardEvent): boolean => {
    if (!isOffering) return false;
    const reply = offered[current];
    if (event.key === "Escape") setDismissed(true);
    else if (event.key === "ArrowDown") setChosen((current + 1) % Math.max(offered.length, 1));
    else if (event.key === "ArrowUp") setChosen((current - 1 + offered.length) % Math.max(offered.length, 1));
    else if ((event.key === "Enter" || event.key === "Tab") && reply) take(reply.text);
    else return false;
    return true;
  };
  return (
    <div className={`border-line relative border-t p-3 ${kind === "note" ? "bg-warn-soft" : "bg-surface"}`}>
      {isOffering && (
        <CannedList
          id={list}
          replies={offered}
          hasAny={canned.rows.length > 0}
          current={current}
          onTake={(reply) => take(reply.text)}
        />
      )}
      <div className="mb-2 flex items-center gap-1">
        <div role="group" aria-label={t("inbox.kind")} className="bg-raised flex rounded-lg p-0.5">
          {KINDS.map((value) => (
            <button
              key={value}
              type="button"
              aria-pressed={kind === value}
              onClick={() => {
                setKind(value);
                area.current?.focus();
              }}
              className={`min-h-8 rounded-md px-3 text-sm whitespace-nowrap font-medium ${kind === value ? "bg-surface text-ink shadow-xs" : "text-muted"}`}
            >
              {t(`inbox.kind.${value}`)}
            </button>
          ))}
        </div>
        {conversation.channel_kind === "whatsapp" && (
          <IconButton icon="document" label={t("template.title")} onClick={() => setAsking(true)} />
        )}
        {kind === "reply" && (
          <IconButton
            icon="choices"
            label={t("choices.title")}
            aria-expanded={choices !== null}
            onClick={() => setChoices(choices === null ? begun(t("choices.openerDefault")) : null)}
          />
        )}
        <IconButton icon="bolt" label={t("inbox.canned")} onClick={() => take(isOffering ? "" : "/")} />
        <p className="text-muted ms-auto hidden text-xs 2xl:block">{t("inbox.keys")}</p>
      </div>
      {kind === "reply" && choices !== null && (
        <ChoicesEditor choices={choices} onChange={setChoices} onClose={() => setChoices(null)} />
      )}
      <div className="flex items-end gap-2">
        <textarea
          ref={area}
          dir="auto"
          rows={1}
          maxLength={kind === "reply" && choices !== null ? LONGEST_ABOVE : 20_000}
          value={text}
          aria-label={t(`inbox.write.${kind}`)}
          placeholder={t(kind === "reply" && conversation.status === "bot" ? "inbox.takesOver" : `inbox.write.${kind}`)}
          aria-autocomplete="list"
          aria-controls={isOffering ? list : undefined}
          aria-activedescendant={isOffering && offered.length > 0 ? optionId(list, current) : undefined}
          onChange={(event) => write(event.target.value)}
          onKeyDown={(event) => {
            // While an input method composes a word, keys belong to it.
            if (event.nativeEvent.isComposing) return;
            if (isForList(event)) event.preventDefault();
            else if (event.key === "Enter" && !event.shiftKey) {
              event.preventDefault();
              send();
            }
          }}
          className="border-edge bg-surface field-sizing-content max-h-48 min-h-10 w-full resize-none rounded-lg border px-3 py-2 text-base md:text-[0.9375rem]"
        />
        <Button
          look="primary"
          icon="send"
          disabled={text.trim() === ""}
          onClick={send}
          className="rtl:[&>svg]:-scale-x-100"
        >
          <span className="sr-only sm:not-sr-only">{t(kind === "note" ? "inbox.saveNote" : "inbox.send")}</span>
        </Button>
      </div>
      {asking && <TemplateDialog conversation={id} onClose={() => setAsking(false)} />}
    </div>
  );
}
