import { useRef } from "react";

import type { EvaluationResult } from "../api/knowledge";
import { Sources } from "../ask/sources";
import { useText } from "../text/language";
import { Badge } from "../ui/badge";
import { Icon } from "../ui/icon";
import { VerdictBadge } from "./badges";
import { Expected } from "./expected";

function Check({ holds, yes, no }: { holds: boolean | null; yes: string; no: string }) {
  if (holds === null) return null;
  return (
    <li className={`flex items-start gap-1.5 ${holds ? "text-good" : "text-bad"}`}>
      <Icon name={holds ? "check" : "close"} className="mt-0.5 size-4.5" />
      {holds ? yes : no}
    </li>
  );
}

interface ResultRowProps {
  result: EvaluationResult;
  titles: ReadonlyMap<string, string>;
}

/** A question and what it came to; it opens to the answer and what was expected. */
export function ResultRow({ result, titles }: ResultRowProps) {
  const { t, format } = useText();
  const list = useRef<HTMLOListElement>(null);
  const facts = [
    t("results.confidence", { percent: format.percent(result.confidence) }),
    ...(result.rank === null ? [] : [t("results.rank", { rank: result.rank })]),
    ...(result.rank === null && result.expected_documents.length > 0 ? [t("results.notFound")] : []),
  ];
  return (
    <li>
      <details className="group/result">
        <summary className="hover:bg-raised/60 flex list-none items-start gap-3 px-4 py-3">
          <span className="min-w-0 flex-1">
            <span className="block font-medium wrap-break-word">
              <bdi>{result.question}</bdi>
            </span>
            <span className="text-muted block text-sm tabular-nums">{facts.join(" · ")}</span>
          </span>
          <VerdictBadge verdict={result.verdict} />
          <Icon name="chevron" className="text-muted mt-1 size-4 transition-transform group-open/result:rotate-180" />
        </summary>
        <div className="flex flex-col gap-3 px-4 pt-1 pb-4">
          {result.unanswerable ? (
            <span>
              <Badge tone="neutral">{t("golden.unanswerable")}</Badge>
            </span>
          ) : (
            <Expected expectation={result} titles={titles} />
          )}
          <ul className="text-sm">
            <Check holds={result.document_cited} yes={t("results.cited")} no={t("results.notCited")} />
            <Check holds={result.phrases_found} yes={t("results.said")} no={t("results.notSaid")} />
          </ul>
          <div>
            <h4 className="text-muted text-sm font-medium">{t("results.answer", { model: result.model })}</h4>
            <p dir="auto" className="wrap-break-word whitespace-pre-line">
              {result.answer}
            </p>
          </div>
          <Sources citations={result.citations} list={list} />
        </div>
      </details>
    </li>
  );
}
