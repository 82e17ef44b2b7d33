/** The markers `[n]` in an answer, which count its citations from 1. */

export type Piece = { text: string } | { citation: number };

/** The answer cut at its markers. A number without a citation stays text. */
export function splitMarkers(answer: string, citations: number): Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  for (const part of answer.split(/(\[\d{1,3}\])/)) {
    const number = /^\[(\d{1,3})\]$/.exec(part)?.[1];
    const citation = number === undefined ? 0 : Number(number);
    if (citation < 1 || citation > citations) {
      text += part;
      continue;
    }
    if (text !== "") pieces.push({ text });
    text = "";
    pieces.push({ citation });
  }
  if (text !== "") pieces.push({ text });
  return pieces;
}
