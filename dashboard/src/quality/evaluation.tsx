import { useParams } from "react-router";

import type { Evaluation } from "../api/knowledge";
import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { BackLink } from "../ui/back-link";
import { ProgressBar } from "../ui/badge";
import { Button } from "../ui/button";
import { Failed, Skeleton } from "../ui/state";
import { toast } from "../ui/toast";
import { StateBadge } from "./badges";
import { Comparison } from "./comparison";
import { Curve } from "./curve";
import { isRunning, useEvaluation, useStopEvaluation } from "./queries";
import { Results } from "./results";
import { Summary } from "./summary";

function Progress({ evaluation }: { evaluation: Evaluation }) {
  const text = useText();
  const { t } = text;
  const { isAdmin } = useMe();
  const stop = useStopEvaluation();
  const { tried, questions, job_id: job } = evaluation;
  return (
    <div className="flex flex-wrap items-center gap-3">
      <div className="min-w-48 flex-1">
        <ProgressBar value={questions === 0 ? 0 : tried / questions} label={t("quality.progress")} />
        <p className="text-muted text-sm">{t("quality.triedOf", { tried, count: questions })}</p>
      </div>
      {isAdmin && (
        <Button
          icon="stop"
          busy={stop.isPending}
          onClick={() => stop.mutate(job, { onError: (error) => toast(describeError(error, text), true) })}
        >
          {t("quality.stop")}
        </Button>
      )}
    </div>
  );
}

function Found({ evaluation }: { evaluation: Evaluation }) {
  const { t, format } = useText();
  const { summary } = evaluation;
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="text-lg font-semibold">{format.time(evaluation.created_at)}</h2>
        <StateBadge evaluation={evaluation} />
        <p className="text-muted">{t(`quality.trigger.${evaluation.trigger}`)}</p>
      </div>
      {isRunning(evaluation) && <Progress evaluation={evaluation} />}
      {evaluation.error !== null && (
        <p dir="auto" className="bg-bad-soft text-bad rounded-lg px-3 py-2">
          {evaluation.error}
        </p>
      )}
      {summary && (
        <>
          <Summary summary={summary} />
          <Curve thresholds={summary.thresholds} then={evaluation.confidence_threshold} />
          <Comparison evaluation={evaluation} />
        </>
      )}
      <Results evaluation={evaluation} />
    </>
  );
}

/** One evaluation: its figures, what a threshold would do, what has changed, and each question. */
export function EvaluationDetail() {
  const { t } = useText();
  const { id = "" } = useParams();
  const evaluation = useEvaluation(id);
  return (
    <>
      <BackLink to="/documents/quality">{t("quality.runs")}</BackLink>
      {evaluation.data && <Found evaluation={evaluation.data} />}
      {evaluation.isPending && <Skeleton />}
      {evaluation.isError && !evaluation.data && (
        <Failed error={evaluation.error} onRetry={() => void evaluation.refetch()} />
      )}
    </>
  );
}
