import { Link } from "react-router";

import type { ThresholdEffect } from "../api/knowledge";
import { useBot } from "../settings/queries";
import { useText } from "../text/language";
import { Card } from "../ui/page";
import { CurveTable } from "./curve-table";
import { effectAt, HEIGHT, pointsOf, WIDTH, xOf, yOf } from "./geometry";

const STEPS = [0, 0.25, 0.5, 0.75, 1];

function Axes() {
  const { format } = useText();
  return (
    <g className="fill-muted text-[9px]">
      {STEPS.map((step) => (
        <g key={step}>
          <line x1={xOf(0)} x2={xOf(1)} y1={yOf(step)} y2={yOf(step)} className="stroke-line" />
          <text x={xOf(0) - 5} y={yOf(step) + 3} textAnchor="end">
            {format.percent(step)}
          </text>
          <text x={xOf(step)} y={yOf(0) + 14} textAnchor="middle">
            {format.percent(step)}
          </text>
        </g>
      ))}
    </g>
  );
}

function Key({ line, label }: { line: string; label: string }) {
  return (
    <li className="flex items-center gap-2">
      <svg viewBox="0 0 24 4" aria-hidden="true" className="w-6 shrink-0">
        <line x1="0" x2="24" y1="2" y2="2" className={line} />
      </svg>
      {label}
    </li>
  );
}

const ANSWERED = "stroke-accent fill-none stroke-2";
const FALSE = "stroke-bad fill-none stroke-2 [stroke-dasharray:5_3]";
const NOW = "stroke-ink stroke-[1.5]";
const THEN = "stroke-muted [stroke-dasharray:2_3]";

interface CurveProps {
  thresholds: readonly ThresholdEffect[];
  /** The bot's threshold when the questions were tried. */
  then: number | null;
}

/** What each confidence threshold would do to these questions, with the bot's marked. */
export function Curve({ thresholds, then }: CurveProps) {
  const { t, format } = useText();
  const now = useBot().data?.confidence_threshold ?? null;
  const share = (value: number | null | undefined) =>
    value === null || value === undefined ? t("common.none") : format.percent(value);
  const marked = now ?? then;
  const effect = marked === null ? undefined : effectAt(thresholds, marked);
  const inWords =
    marked === null
      ? ""
      : t("curve.inWords", {
          threshold: format.percent(marked),
          answered: share(effect?.answered_share),
          false: share(effect?.false_answer_share),
        });
  const isOther = then !== null && now !== null && Math.abs(then - now) > 0.001;
  return (
    <Card className="flex flex-col gap-3 p-5">
      <h3 className="text-lg font-semibold">{t("curve.title")}</h3>
      <p className="text-muted max-w-prose">{t("curve.lead")}</p>
      <div className="grid items-start gap-4 md:grid-cols-[minmax(0,26rem)_1fr]">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          role="img"
          aria-label={`${t("curve.title")}. ${inWords}`}
          direction="ltr"
          className="w-full"
        >
          <Axes />
          {isOther && <line x1={xOf(then)} x2={xOf(then)} y1={yOf(0)} y2={yOf(1)} className={THEN} />}
          {marked !== null && (
            <line data-threshold={marked} x1={xOf(marked)} x2={xOf(marked)} y1={yOf(0)} y2={yOf(1)} className={NOW} />
          )}
          <polyline points={pointsOf(thresholds, "answered_share")} className={ANSWERED} />
          <polyline points={pointsOf(thresholds, "false_answer_share")} className={FALSE} />
        </svg>
        <div className="flex flex-col gap-3">
          <ul className="flex flex-col gap-1 text-sm">
            <Key line={ANSWERED} label={t("curve.answered")} />
            <Key line={FALSE} label={t("curve.falseAnswers")} />
            {now !== null && <Key line={NOW} label={t("curve.now", { threshold: format.percent(now) })} />}
            {isOther && <Key line={THEN} label={t("curve.then", { threshold: format.percent(then) })} />}
          </ul>
          <p>{inWords}</p>
          <Link to="/settings/bot" className="text-accent self-start hover:underline">
            {t("curve.change")}
          </Link>
        </div>
      </div>
      <CurveTable thresholds={thresholds} />
    </Card>
  );
}
