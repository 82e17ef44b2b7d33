import { Fragment, type ReactNode } from "react";

/** What is so about one thing: names and values, side by side where there is room. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid gap-x-6 gap-y-1 sm:grid-cols-[max-content_1fr]">
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt className="text-muted">{name}</dt>
          <dd className="mb-1 min-w-0 wrap-anywhere sm:mb-0">{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
