/** What a customer may choose from below a reply, held to what every channel takes. */

export const CHOICE_KINDS = ["buttons", "list"] as const;
export type ChoiceKind = (typeof CHOICE_KINDS)[number];

/** How many there may be, and how many characters each may have. */
export const BOUNDS: Record<ChoiceKind, { most: number; longest: number }> = {
  buttons: { most: 3, longest: 20 },
  list: { most: 10, longest: 24 },
};
/** The longest words above them. */
export const LONGEST_ABOVE = 1_024;

/** As they are being written. */
export interface Choices {
  kind: ChoiceKind;
  /** What opens a list. */
  opener: string;
  /** The last one is empty as long as there is room for another. */
  titles: readonly string[];
}

interface Choice {
  title: string;
}

/** As the API takes them. */
export type ChoiceBody = { buttons: Choice[] } | { list: { button: string; rows: Choice[] } };

export const begun = (opener: string): Choices => ({ kind: "buttons", opener, titles: [""] });

/** With room for one more, as long as there may be one. */
function roomy(kind: ChoiceKind, titles: readonly string[]): readonly string[] {
  const { most, longest } = BOUNDS[kind];
  const filled = titles.filter((title) => title !== "").slice(0, most);
  const short = filled.map((title) => Array.from(title).slice(0, longest).join(""));
  return short.length < most ? [...short, ""] : short;
}

export const withKind = (choices: Choices, kind: ChoiceKind): Choices => ({
  ...choices,
  kind,
  titles: roomy(kind, choices.titles),
});

export const withTitle = (choices: Choices, at: number, title: string): Choices => ({
  ...choices,
  titles: roomy(choices.kind, choices.titles.with(at, title)),
});

/** What is filled in, each once; null when nothing is. */
export function readChoices({ kind, opener, titles }: Choices): ChoiceBody | null {
  const filled = new Set(titles.map((title) => title.trim()).filter((title) => title !== ""));
  if (filled.size === 0) return null;
  const rows = Array.from(filled, (title) => ({ title }));
  return kind === "buttons" ? { buttons: rows } : { list: { button: opener.trim(), rows } };
}

export const titlesOf = (body: ChoiceBody): string[] =>
  ("buttons" in body ? body.buttons : body.list.rows).map(({ title }) => title);
