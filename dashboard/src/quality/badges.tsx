import type { Evaluation, Verdict } from "../api/knowledge";
import { useText } from "../text/language";
import { Badge, type Tone } from "../ui/badge";

const STATE_TONE: Record<Evaluation["state"], Tone> = {
  queued: "neutral",
  running: "active",
  finished: "good",
  failed: "bad",
  cancelled: "warn",
};

const VERDICT_TONE: Record<Verdict, Tone> = {
  correct: "good",
  abstained: "good",
  wrong: "bad",
  missed: "warn",
  false_answer: "bad",
};

export function StateBadge({ evaluation }: { evaluation: Evaluation }) {
  const { t } = useText();
  return <Badge tone={STATE_TONE[evaluation.state]}>{t(`quality.state.${evaluation.state}`)}</Badge>;
}

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  const { t } = useText();
  return <Badge tone={VERDICT_TONE[verdict]}>{t(`verdict.${verdict}`)}</Badge>;
}
