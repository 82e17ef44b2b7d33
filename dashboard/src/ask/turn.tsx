import { useText } from "../text/language";
import { Button, Spinner } from "../ui/button";
import { Card } from "../ui/page";
import { Problem } from "../ui/state";
import { AnswerView } from "./answer";
import type { Turn } from "./conversation";

function Partial({ text }: { text: string }) {
  const { t } = useText();
  if (text !== "") {
    return (
      <p dir="auto" className="wrap-break-word whitespace-pre-wrap">
        {text}
      </p>
    );
  }
  return (
    <p className="text-muted flex items-center gap-2.5">
      <Spinner />
      {t("ask.thinking")}
    </p>
  );
}

export function TurnCard({ turn, onAgain }: { turn: Turn; onAgain: (question: string) => void }) {
  const { t } = useText();
  return (
    <Card className="p-4 sm:p-5">
      <h2 dir="auto" className="mb-3 text-lg font-semibold wrap-break-word">
        {turn.question}
      </h2>
      {/* Read out once it is whole, not word by word. */}
      <div aria-live="polite" aria-busy={turn.state === "answering"} className="flex flex-col gap-3">
        {turn.answer ? (
          <AnswerView answer={turn.answer} />
        ) : (
          turn.state === "answering" && <Partial text={turn.partial} />
        )}
        {turn.state === "stopped" && (
          <>
            {turn.partial !== "" && <Partial text={turn.partial} />}
            <p className="text-muted">{t("ask.stopped")}</p>
          </>
        )}
        {turn.state === "failed" && <Problem error={turn.error} title={t("ask.failed")} />}
      </div>
      {(turn.state === "failed" || turn.state === "stopped") && (
        <Button icon="retry" className="mt-3" onClick={() => onAgain(turn.question)}>
          {t("ask.again")}
        </Button>
      )}
    </Card>
  );
}
