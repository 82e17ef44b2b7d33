import type { Message, Sentiment } from "../api/conversation";
import { useText } from "../text/language";

const COLOUR: Record<Sentiment["label"], string> = {
  positive: "bg-good-soft text-good",
  neutral: "bg-raised text-muted",
  negative: "bg-bad-soft text-bad",
};
const CHIP = "rounded-full px-2 text-xs leading-5 font-medium";

/** What was found in what the customer wrote: how they feel and what it is about. */
export function Labels({ message }: { message: Message }) {
  const { t } = useText();
  const { sentiment, topics } = message;
  // Most messages are neutral: saying so of each would hide the others.
  const feels = sentiment !== null && sentiment.label !== "neutral" ? sentiment : null;
  if (feels === null && topics.length === 0) return null;
  return (
    <ul aria-label={t("message.labels")} className="flex flex-wrap gap-1 px-1 pt-0.5">
      {feels && <li className={`${CHIP} ${COLOUR[feels.label]}`}>{t(`message.sentiment.${feels.label}`)}</li>}
      {topics.map((topic) => (
        <li key={topic} className={`${CHIP} bg-raised text-muted`}>
          <bdi>{topic}</bdi>
        </li>
      ))}
    </ul>
  );
}
