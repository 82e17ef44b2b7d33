/** A text, or one for each plural form its language has. `{name}` is filled in. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export type Message = string | Plural;
