import { useEffect, useEffectEvent, useState } from "react";

import { useMe } from "../shell/me";
import { useChannels, useMembers } from "../settings/queries";
import { useText } from "../text/language";
import { Icon } from "../ui/icon";
import type { Inbox } from "./filter";

/** Waits for a pause in the typing. */
const PAUSE_MS = 300;
const BOX = "border-edge bg-surface min-h-10 w-full rounded-lg border text-base md:text-[0.9375rem]";

function Words({ inbox }: { inbox: Inbox }) {
  const { t } = useText();
  const [text, setText] = useState(inbox.filter.q);
  const look = useEffectEvent((text: string) => {
    if (text.trim() !== inbox.filter.q) inbox.set("q", text.trim());
  });
  useEffect(() => {
    const timer = setTimeout(() => look(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="relative">
      <Icon name="search" className="text-muted pointer-events-none absolute start-3 top-2.5 size-5" />
      <input
        type="search"
        aria-label={t("inbox.search")}
        placeholder={t("inbox.search")}
        maxLength={100}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className={`${BOX} ps-10 pe-3`}
      />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={`${BOX} min-w-0 px-2`}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

/** What narrows the list down. */
export function InboxSearch({ inbox }: { inbox: Inbox }) {
  const { t } = useText();
  const me = useMe();
  const channels = useChannels();
  const members = useMembers();
  const { filter, set } = inbox;
  const others = members.rows.filter(({ id }) => id !== me.member.id);
  return (
    <div role="search" aria-label={t("inbox.filters")} className="flex flex-col gap-2 p-3">
      <Words inbox={inbox} />
      <div className="grid grid-cols-2 gap-2">
        <Choice
          label={t("inbox.channel")}
          value={filter.channel}
          onChange={(value) => set("channel", value)}
          options={[
            { value: "", label: t("inbox.anyChannel") },
            ...channels.rows.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <Choice
          label={t("inbox.assignee")}
          value={filter.assignee}
          onChange={(value) => set("assignee", value)}
          options={[
            { value: "", label: t("inbox.anyone") },
            { value: me.member.id, label: t("inbox.mine") },
            ...others.map(({ id, email }) => ({ value: id, label: email })),
          ]}
        />
      </div>
    </div>
  );
}
