import type { EvaluationSummary } from "../api/knowledge";
import { useText } from "../text/language";
import { Icon } from "../ui/icon";
import { Card } from "../ui/page";

interface FigureProps {
  name: string;
  value: string;
  hint: string;
}

function Figure({ name, value, hint }: FigureProps) {
  return (
    <Card className="flex flex-col px-4 py-3">
      <dt className="text-muted text-sm font-medium">{name}</dt>
      <dd className="flex flex-col">
        <span className="text-xl font-semibold tabular-nums">{value}</span>
        <span className="text-muted text-sm">{hint}</span>
      </dd>
    </Card>
  );
}

/** The figures. One that there is nothing to have a share in is a dash. */
export function Summary({ summary }: { summary: EvaluationSummary }) {
  const { t, format } = useText();
  const share = (value: number | null) => (value === null ? t("common.none") : format.percent(value));
  const figure = (value: number | null) => (value === null ? t("common.none") : format.fraction(value));
  const passed = summary.questions === 0 ? null : summary.passed / summary.questions;
  return (
    <>
      {summary.changed_meanwhile && (
        <p className="bg-warn-soft text-warn flex items-start gap-2 rounded-lg px-3 py-2">
          <Icon name="alert" className="mt-0.5 size-5" />
          {t("quality.changedMeanwhile")}
        </p>
      )}
      <dl className="grid grid-cols-2 gap-3 md:grid-cols-4">
        <Figure
          name={t("figure.passed")}
          value={share(passed)}
          hint={t("quality.passedOf", { passed: summary.passed, count: summary.questions })}
        />
        <Figure name={t("figure.answered")} value={share(summary.answered_share)} hint={t("figure.answeredHint")} />
        <Figure
          name={t("figure.falseAnswers")}
          value={share(summary.false_answer_share)}
          hint={t("figure.falseAnswersHint")}
        />
        <Figure name={t("figure.auroc")} value={figure(summary.auroc)} hint={t("figure.aurocHint")} />
        <Figure name={t("figure.r1")} value={share(summary.r1)} hint={t("figure.r1Hint")} />
        <Figure name={t("figure.r5")} value={share(summary.r5)} hint={t("figure.r5Hint")} />
        <Figure name={t("figure.mrr")} value={figure(summary.mrr)} hint={t("figure.mrrHint")} />
        <Figure
          name={t("figure.writers")}
          value={summary.writers[0]?.model ?? t("common.none")}
          hint={summary.writers
            .slice(1)
            .map(({ model, answers }) => `${model}: ${format.number(answers)}`)
            .join(" · ")}
        />
      </dl>
    </>
  );
}
