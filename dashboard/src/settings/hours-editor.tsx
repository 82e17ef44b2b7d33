import { useState, type ReactNode } from "react";

import type { OpeningHours, Span, Weekday } from "../api/types";
import { useText } from "../text/language";
import { Button, IconButton } from "../ui/button";
import { BOX, Checkbox } from "../ui/field";
import { draftOf, USUAL, WEEKDAYS, weekdayName, type Exception, type HoursDraft } from "./hours";

const MOST_SPANS = 4;

interface SpansProps {
  /** Whose hours these are, to be read out. */
  label: string;
  spans: readonly Span[];
  readOnly: boolean;
  onChange: (spans: Span[]) => void;
}

function Spans({ label, spans, readOnly, onChange }: SpansProps) {
  const { t } = useText();
  const replace = (index: number, at: 0 | 1, time: string) =>
    onChange(spans.map((span, place): Span => (place !== index ? span : at === 0 ? [time, span[1]] : [span[0], time])));
  const add = !readOnly && spans.length < MOST_SPANS && (
    <IconButton icon="plus" label={t("hours.add", { day: label })} onClick={() => onChange([...spans, USUAL])} />
  );
  if (spans.length === 0) {
    return (
      <p className="text-muted flex min-h-10 items-center gap-1.5">
        {t("hours.closed")}
        {add}
      </p>
    );
  }
  return (
    <div className="flex flex-1 flex-col gap-1.5">
      {spans.map((span, index) => (
        <div key={index} className="flex items-center gap-1.5">
          {([0, 1] as const).map((at) => (
            <input
              key={at}
              type="time"
              required
              aria-label={`${label}, ${t(at === 0 ? "hours.opens" : "hours.closes")}`}
              value={span[at]}
              readOnly={readOnly}
              onChange={(event) => replace(index, at, event.target.value)}
              className={`${BOX} min-h-10 max-w-36 min-w-0`}
            />
          ))}
          {!readOnly && (
            <IconButton
              icon="close"
              label={t("hours.remove", { day: label })}
              onClick={() => onChange(spans.filter((_, place) => place !== index))}
            />
          )}
          {index === spans.length - 1 && add}
        </div>
      ))}
    </div>
  );
}

function Day({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <li className="flex flex-col gap-1 py-2 sm:flex-row sm:gap-3">
      <div className="flex min-h-10 items-center font-medium sm:w-44">{name}</div>
      {children}
    </li>
  );
}

interface EditorProps {
  draft: HoursDraft;
  readOnly: boolean;
  onChange: (draft: HoursDraft) => void;
}

function Week({ draft, readOnly, onChange }: EditorProps) {
  const { language } = useText();
  const set = (day: Weekday, spans: Span[]) => onChange({ ...draft, week: { ...draft.week, [day]: spans } });
  return (
    <ul className="divide-line divide-y">
      {WEEKDAYS.map((day) => {
        const name = weekdayName(day, language);
        return (
          <Day key={day} name={name}>
            <Spans label={name} spans={draft.week[day]} readOnly={readOnly} onChange={(spans) => set(day, spans)} />
          </Day>
        );
      })}
    </ul>
  );
}

function Exceptions({ draft, readOnly, onChange }: EditorProps) {
  const { t } = useText();
  const set = (exceptions: Exception[]) => onChange({ ...draft, exceptions });
  const replace = (index: number, change: Partial<Exception>) =>
    set(draft.exceptions.map((it, place) => (place === index ? { ...it, ...change } : it)));
  return (
    <div className="flex flex-col gap-1">
      <h4 className="font-medium">{t("hours.exceptions")}</h4>
      <ul className="divide-line divide-y">
        {draft.exceptions.map(({ date, spans }, index) => (
          <Day
            key={index}
            name={
              <>
                <input
                  type="date"
                  required
                  aria-label={t("hours.date")}
                  value={date}
                  readOnly={readOnly}
                  onChange={(event) => replace(index, { date: event.target.value })}
                  className={`${BOX} min-h-10 min-w-0`}
                />
                {!readOnly && (
                  <IconButton
                    icon="close"
                    label={t("hours.removeDay", { date })}
                    onClick={() => set(draft.exceptions.filter((_, place) => place !== index))}
                  />
                )}
              </>
            }
          >
            <Spans label={date} spans={spans} readOnly={readOnly} onChange={(spans) => replace(index, { spans })} />
          </Day>
        ))}
      </ul>
      {!readOnly && (
        <Button
          look="quiet"
          icon="plus"
          onClick={() => set([...draft.exceptions, { date: "", spans: [] }])}
          className="self-start"
        >
          {t("hours.addDay")}
        </Button>
      )}
    </div>
  );
}

/** When the tenant's people are there. What is chosen goes with the form as JSON under `hours`. */
export function HoursEditor({ hours, readOnly }: { hours: OpeningHours | null; readOnly: boolean }) {
  const { t } = useText();
  const [limited, setLimited] = useState(hours !== null);
  const [draft, setDraft] = useState(() => draftOf(hours));
  return (
    <div className="flex flex-col gap-3">
      <Checkbox
        label={t("hours.limited")}
        hint={t("hours.limitedHint")}
        checked={limited}
        disabled={readOnly}
        onChange={(event) => setLimited(event.target.checked)}
      />
      <input type="hidden" name="hours" value={limited ? JSON.stringify(draft) : ""} />
      {limited && (
        <>
          <Week draft={draft} readOnly={readOnly} onChange={setDraft} />
          <Exceptions draft={draft} readOnly={readOnly} onChange={setDraft} />
        </>
      )}
    </div>
  );
}
