import { Link } from "react-router";

import type { Evaluation } from "../api/knowledge";
import { useText } from "../text/language";
import { Card } from "../ui/page";
import { Empty, ListState, More } from "../ui/state";
import { StateBadge } from "./badges";
import { useEvaluations } from "./queries";

const HEAD = "px-4 py-2.5 text-sm font-medium text-muted";
const CELL = "px-4 py-3 align-top tabular-nums";

export const evaluationPath = (id: string) => `/documents/quality/${id}`;

function EvaluationRow({ evaluation }: { evaluation: Evaluation }) {
  const { t, format } = useText();
  const { summary } = evaluation;
  const share = (value: number | null | undefined) =>
    value === null || value === undefined ? t("common.none") : format.percent(value);
  return (
    <tr className="hover:bg-raised/60 relative">
      <td className={CELL}>
        <Link to={evaluationPath(evaluation.id)} className="font-medium after:absolute after:inset-0 hover:underline">
          {format.time(evaluation.created_at)}
        </Link>
        <p className="text-muted text-sm">{t(`quality.trigger.${evaluation.trigger}`)}</p>
      </td>
      <td className={CELL}>
        {summary
          ? t("quality.passedOf", { passed: summary.passed, count: summary.questions })
          : t("quality.triedOf", { tried: evaluation.tried, count: evaluation.questions })}
      </td>
      <td className={`${CELL} hidden md:table-cell`}>{share(summary?.r1)}</td>
      <td className={`${CELL} hidden sm:table-cell`}>{share(summary?.answered_share)}</td>
      <td className={`${CELL} hidden sm:table-cell`}>{share(summary?.false_answer_share)}</td>
      <td className={`${CELL} text-end`}>
        <StateBadge evaluation={evaluation} />
      </td>
    </tr>
  );
}

export function EvaluationList() {
  const { t } = useText();
  const evaluations = useEvaluations();
  return (
    <ListState
      list={evaluations}
      empty={<Empty icon="checks" title={t("quality.empty")} hint={t("quality.emptyHint")} />}
    >
      <Card className="overflow-hidden">
        <table className="w-full">
          <caption className="sr-only">{t("quality.list")}</caption>
          <thead>
            <tr className="border-line border-b">
              <th className={`${HEAD} text-start`}>{t("quality.when")}</th>
              <th className={`${HEAD} text-start`}>{t("figure.passed")}</th>
              <th className={`${HEAD} hidden text-start md:table-cell`}>{t("figure.r1")}</th>
              <th className={`${HEAD} hidden text-start sm:table-cell`}>{t("figure.answered")}</th>
              <th className={`${HEAD} hidden text-start sm:table-cell`}>{t("figure.falseAnswers")}</th>
              <th className={`${HEAD} text-end`}>{t("jobs.state")}</th>
            </tr>
          </thead>
          <tbody className="divide-line divide-y">
            {evaluations.rows.map((evaluation) => (
              <EvaluationRow key={evaluation.id} evaluation={evaluation} />
            ))}
          </tbody>
        </table>
      </Card>
      <More list={evaluations} />
    </ListState>
  );
}
