import { useState } from "react";

import type { Evaluation, EvaluationComparison, EvaluationMove } from "../api/knowledge";
import { useText } from "../text/language";
import { Select } from "../ui/field";
import { Card } from "../ui/page";
import { Failed, Skeleton } from "../ui/state";
import { VerdictBadge } from "./badges";
import { useComparison, useEvaluation, useEvaluations } from "./queries";

function Moves({ title, moves, isOpen }: { title: string; moves: readonly EvaluationMove[]; isOpen: boolean }) {
  const { t } = useText();
  if (moves.length === 0) return null;
  return (
    <details open={isOpen}>
      <summary className="min-h-8 font-medium">{title}</summary>
      <ul className="divide-line divide-y">
        {moves.map((move) => (
          <li key={move.question_id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
            <span className="min-w-0 flex-1 basis-60 wrap-break-word">
              <bdi>{move.question}</bdi>
            </span>
            <span className="flex flex-wrap items-center gap-1.5">
              <VerdictBadge verdict={move.before} />
              <span className="sr-only">{t("compare.became")}</span>
              <span aria-hidden="true" className="rtl:-scale-x-100">
                →
              </span>
              <VerdictBadge verdict={move.after} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What differs between the two besides the answers, so that it is known what to blame. */
function Conditions({ evaluation, other }: { evaluation: Evaluation; other: Evaluation }) {
  const { t } = useText();
  const sameDocuments = evaluation.knowledge === other.knowledge;
  const sameSettings = evaluation.bot_version === other.bot_version;
  const key = sameDocuments
    ? sameSettings
      ? "compare.sameBoth"
      : "compare.sameDocuments"
    : sameSettings
      ? "compare.sameSettings"
      : "compare.sameNothing";
  return <p className="text-muted">{t(key)}</p>;
}

function Found({ comparison }: { comparison: EvaluationComparison }) {
  const { t } = useText();
  const { fixed, broken, unchanged_passed: passed, unchanged_failed: failed } = comparison;
  const { reworded, added, removed } = comparison;
  const rest = [
    t("compare.unchangedPassed", { count: passed }),
    ...(reworded > 0 ? [t("compare.reworded", { count: reworded })] : []),
    ...(added > 0 ? [t("compare.added", { count: added })] : []),
    ...(removed > 0 ? [t("compare.removed", { count: removed })] : []),
  ];
  return (
    <>
      <p className="flex flex-wrap gap-x-4 text-lg font-semibold tabular-nums">
        <span className={broken.length > 0 ? "text-bad" : "text-muted"}>
          {t("compare.broken", { count: broken.length })}
        </span>
        <span className={fixed.length > 0 ? "text-good" : "text-muted"}>
          {t("compare.fixed", { count: fixed.length })}
        </span>
      </p>
      <Moves title={t("compare.brokenTitle")} moves={broken} isOpen />
      <Moves title={t("compare.fixedTitle")} moves={fixed} isOpen={broken.length === 0} />
      <Moves title={t("compare.unchangedFailed", { count: failed.length })} moves={failed} isOpen={false} />
      <p className="text-muted text-sm">{rest.join(" · ")}</p>
    </>
  );
}

/** An evaluation beside an earlier one. */
export function Comparison({ evaluation }: { evaluation: Evaluation }) {
  const { t, format } = useText();
  const [chosen, setChosen] = useState("");
  const evaluations = useEvaluations();
  const { data: comparison, isError, error, refetch } = useComparison(evaluation.id, chosen);
  const other = useEvaluation(comparison?.with_id ?? null).data;
  const others = evaluations.rows.filter(
    ({ id, state, created_at }) => id !== evaluation.id && state === "finished" && created_at < evaluation.created_at,
  );
  return (
    <Card className="flex flex-col gap-3 p-5">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <h3 className="text-lg font-semibold">{t("compare.title")}</h3>
        {others.length > 0 && (
          <Select
            label={t("compare.with")}
            value={chosen}
            options={[
              { value: "", label: t("compare.previous") },
              ...others.map(({ id, created_at }) => ({ value: id, label: format.time(created_at) })),
            ]}
            onChange={setChosen}
          />
        )}
      </div>
      {isError && <Failed error={error} onRetry={() => void refetch()} />}
      {comparison === undefined && !isError && <Skeleton rows={1} />}
      {comparison?.with_id === null && <p className="text-muted">{t("compare.none")}</p>}
      {comparison && comparison.with_id !== null && (
        <>
          {other && <Conditions evaluation={evaluation} other={other} />}
          <Found comparison={comparison} />
        </>
      )}
    </Card>
  );
}
