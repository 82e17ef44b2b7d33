import type { ThresholdEffect } from "../api/knowledge";
import { useText } from "../text/language";

const CELL = "px-3 py-1.5 text-start tabular-nums";

/** The curve's numbers, for who can't see it or wants them exactly. */
export function CurveTable({ thresholds }: { thresholds: readonly ThresholdEffect[] }) {
  const { t, format } = useText();
  const share = (value: number | null) => (value === null ? t("common.none") : format.percent(value));
  return (
    <details>
      <summary className="text-accent min-h-8 w-fit">{t("curve.numbers")}</summary>
      <table className="mt-2 text-sm">
        <caption className="sr-only">{t("curve.title")}</caption>
        <thead className="text-muted">
          <tr>
            <th scope="col" className={`${CELL} font-medium`}>
              {t("bot.threshold")}
            </th>
            <th scope="col" className={`${CELL} font-medium`}>
              {t("curve.answered")}
            </th>
            <th scope="col" className={`${CELL} font-medium`}>
              {t("curve.falseAnswers")}
            </th>
          </tr>
        </thead>
        <tbody className="divide-line divide-y">
          {thresholds.map(({ threshold, answered_share, false_answer_share }) => (
            <tr key={threshold}>
              <th scope="row" className={`${CELL} font-medium`}>
                {format.percent(threshold)}
              </th>
              <td className={CELL}>{share(answered_share)}</td>
              <td className={CELL}>{share(false_answer_share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
