import { useRef } from "react";
import { Link } from "react-router";

import { useDocuments } from "../documents/queries";
import { useText } from "../text/language";
import { Button, buttonClass } from "../ui/button";
import { fieldText, TextArea } from "../ui/field";
import { Page } from "../ui/page";
import { Empty } from "../ui/state";
import { useConversation } from "./conversation";
import { TurnCard } from "./turn";

function QuestionForm({
  busy,
  onAsk,
  onStop,
}: {
  busy: boolean;
  onAsk: (question: string) => void;
  onStop: () => void;
}) {
  const { t } = useText();
  const form = useRef<HTMLFormElement>(null);
  return (
    <form
      ref={form}
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        const question = fieldText(new FormData(event.currentTarget), "question");
        if (question === "") return;
        onAsk(question);
        event.currentTarget.reset();
      }}
    >
      <TextArea
        label={t("ask.question")}
        name="question"
        rows={2}
        maxLength={2000}
        placeholder={t("ask.placeholder")}
        onKeyDown={(event) => {
          // While an input method composes a word, Enter belongs to it.
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          form.current?.requestSubmit();
        }}
      />
      <div className="flex items-center justify-between gap-3">
        <p className="text-muted hidden text-sm md:block">{t("ask.hint")}</p>
        <div className="ms-auto flex gap-2">
          {busy && (
            <Button icon="stop" onClick={onStop}>
              {t("ask.stop")}
            </Button>
          )}
          <Button type="submit" look="primary" icon="ask">
            {t("ask.submit")}
          </Button>
        </div>
      </div>
    </form>
  );
}

export function Ask() {
  const { t } = useText();
  const conversation = useConversation();
  const documents = useDocuments();
  const nothingToAnswerFrom = documents.isSuccess && documents.rows.length === 0;
  return (
    <Page title={t("ask.title")} lead={t("ask.lead")}>
      <QuestionForm busy={conversation.isAnswering} onAsk={conversation.put} onStop={conversation.stop} />
      <section aria-label={t("ask.answers")} className="flex flex-col gap-4">
        {conversation.turns.map((turn) => (
          <TurnCard key={turn.id} turn={turn} onAgain={conversation.put} />
        ))}
        {conversation.turns.length === 0 && nothingToAnswerFrom && (
          <Empty icon="document" title={t("ask.noDocuments")}>
            <Link to="/documents" className={buttonClass("plain", "mt-2")}>
              {t("ask.addDocuments")}
            </Link>
          </Empty>
        )}
      </section>
    </Page>
  );
}
