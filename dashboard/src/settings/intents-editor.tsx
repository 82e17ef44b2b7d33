import { useState } from "react";

import type { IntentAction, IntentRule } from "../api/types";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Select, TextArea, TextField } from "../ui/field";

const ACTIONS: readonly IntentAction[] = ["answer", "handoff", "reply"];
const NEW: IntentRule = { name: "", examples: [], action: "handoff", reply: "" };

interface IntentProps {
  intent: IntentRule;
  readOnly: boolean;
  onChange: (change: Partial<IntentRule>) => void;
  onRemove: () => void;
}

function Intent({ intent, readOnly, onChange, onRemove }: IntentProps) {
  const { t } = useText();
  return (
    <li className="border-line flex flex-col gap-3 rounded-xl border p-4">
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField
          label={t("intents.name")}
          hint={t("intents.nameHint")}
          value={intent.name}
          readOnly={readOnly}
          maxLength={80}
          required
          onChange={(event) => onChange({ name: event.target.value })}
        />
        <Select
          label={t("intents.action")}
          value={intent.action}
          disabled={readOnly}
          onChange={(action) => onChange({ action })}
          options={ACTIONS.map((value) => ({ value, label: t(`intents.action.${value}`) }))}
        />
      </div>
      <TextArea
        label={t("intents.examples")}
        hint={t("intents.examplesHint")}
        value={intent.examples.join("\n")}
        readOnly={readOnly}
        required
        onChange={(event) => onChange({ examples: event.target.value.split("\n") })}
      />
      {intent.action === "reply" && (
        <TextArea
          label={t("intents.reply")}
          value={intent.reply ?? ""}
          readOnly={readOnly}
          maxLength={2000}
          required
          onChange={(event) => onChange({ reply: event.target.value })}
        />
      )}
      {!readOnly && (
        <Button look="danger" onClick={onRemove} className="self-end">
          {t("intents.remove")}
        </Button>
      )}
    </li>
  );
}

/** Empty lines between examples are no examples. */
export const tidied = (intents: readonly IntentRule[]): IntentRule[] =>
  intents.map(({ name, examples, ...rest }) => ({
    ...rest,
    name: name.trim(),
    examples: examples.map((example) => example.trim()).filter((example) => example !== ""),
  }));

interface EditorProps {
  intents: readonly IntentRule[];
  readOnly: boolean;
  error: string | undefined;
}

/** What the tenant wants recognised. What is written goes with the form as JSON under `intents`. */
export function IntentsEditor({ intents: before, readOnly, error }: EditorProps) {
  const { t } = useText();
  const [intents, setIntents] = useState(before);
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">{t("intents.lead")}</p>
      <input type="hidden" name="intents" value={JSON.stringify(tidied(intents))} />
      {intents.length > 0 && (
        <ul className="flex flex-col gap-3">
          {intents.map((intent, index) => (
            <Intent
              key={index}
              intent={intent}
              readOnly={readOnly}
              onChange={(change) =>
                setIntents(intents.map((it, place) => (place === index ? { ...it, ...change } : it)))
              }
              onRemove={() => setIntents(intents.filter((_, place) => place !== index))}
            />
          ))}
        </ul>
      )}
      {error !== undefined && <p className="text-bad text-sm">{error}</p>}
      {!readOnly && (
        <Button icon="plus" onClick={() => setIntents([...intents, NEW])} className="self-start">
          {t("intents.add")}
        </Button>
      )}
    </div>
  );
}
