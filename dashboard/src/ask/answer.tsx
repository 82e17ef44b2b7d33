import { useRef } from "react";

import type { Answer } from "../api/types";
import { useText } from "../text/language";
import { Badge, type Tone } from "../ui/badge";
import { Icon } from "../ui/icon";
import { Marked } from "./marked";
import { openSource, Sources } from "./sources";

const EXTRACTIVE = "extractive";

type Level = "high" | "medium" | "low";
const TONE: Record<Level, Tone> = { high: "good", medium: "warn", low: "neutral" };

function levelOf(confidence: number): Level {
  if (confidence >= 0.8) return "high";
  return confidence >= 0.5 ? "medium" : "low";
}

function Confidence({ value }: { value: number }) {
  const { t, format } = useText();
  const level = levelOf(value);
  return (
    <span title={t("ask.confidenceHint")}>
      <Badge tone={TONE[level]}>
        {t(`ask.confidence.${level}`)} · {format.percent(value)}
      </Badge>
    </span>
  );
}

function Unanswered({ text }: { text: string }) {
  const { t } = useText();
  return (
    <div className="bg-warn-soft flex gap-3 rounded-xl p-4">
      <Icon name="alert" className="text-warn mt-1 size-5" />
      <div className="min-w-0">
        <p dir="auto" className="font-medium">
          {text === "" ? t("ask.unanswered") : text}
        </p>
        <p className="text-muted text-sm">{t("ask.unansweredHint")}</p>
      </div>
    </div>
  );
}

export function AnswerView({ answer }: { answer: Answer }) {
  const { t } = useText();
  const sources = useRef<HTMLOListElement>(null);
  const { citations, confidence, model } = answer;
  return (
    <div className="flex flex-col gap-3">
      {answer.answered ? (
        <p dir="auto" className="wrap-break-word whitespace-pre-wrap">
          <Marked
            text={answer.answer}
            citations={citations}
            onSource={(number) => openSource(sources.current, number)}
          />
        </p>
      ) : (
        <Unanswered text={answer.answer} />
      )}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Confidence value={confidence} />
        {answer.answered && (
          <span className="text-muted text-sm">
            {model === EXTRACTIVE ? t("ask.extractive") : t("ask.model", { model })}
          </span>
        )}
      </div>
      <Sources citations={citations} list={sources} />
    </div>
  );
}
