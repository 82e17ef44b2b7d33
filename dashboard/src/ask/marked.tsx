import type { Citation } from "../api/types";
import { useText } from "../text/language";
import { splitMarkers } from "./markers";

interface MarkedProps {
  text: string;
  citations: readonly Citation[];
  /** A marker was pressed; they count from 1. */
  onSource: (number: number) => void;
}

/** An answer with its markers as buttons that lead to the sources. */
export function Marked({ text, citations, onSource }: MarkedProps) {
  const { t } = useText();
  return splitMarkers(text, citations.length).map((piece, index) =>
    "text" in piece ? (
      piece.text
    ) : (
      <button
        key={index}
        type="button"
        onClick={() => onSource(piece.citation)}
        aria-label={t("ask.source", {
          number: piece.citation,
          title: citations[piece.citation - 1]?.title ?? "",
        })}
        className="bg-accent-soft text-accent hover:bg-accent hover:text-on-accent mx-0.5 inline-grid h-6 min-w-6 place-items-center rounded-md px-1 align-text-bottom text-xs font-semibold tabular-nums transition-colors"
      >
        {piece.citation}
      </button>
    ),
  );
}
