import { useText } from "../text/language";
import { IconButton } from "../ui/button";
import { Select, TextField } from "../ui/field";
import { BOUNDS, CHOICE_KINDS, withKind, withTitle, type Choices } from "./choices";

interface ChoicesEditorProps {
  choices: Choices;
  onChange: (choices: Choices) => void;
  onClose: () => void;
}

/** Where a member writes the buttons, or the list, below a reply. */
export function ChoicesEditor({ choices, onChange, onClose }: ChoicesEditorProps) {
  const { t } = useText();
  const { kind, opener, titles } = choices;
  const { longest } = BOUNDS[kind];
  return (
    <fieldset className="border-line bg-surface mb-2 flex flex-col gap-3 rounded-lg border p-3">
      <legend className="sr-only">{t("choices.title")}</legend>
      <div className="flex items-end gap-2">
        <div className="grow">
          <Select
            label={t("choices.kind")}
            value={kind}
            options={CHOICE_KINDS.map((value) => ({ value, label: t(`choices.kind.${value}`) }))}
            onChange={(kind) => onChange(withKind(choices, kind))}
          />
        </div>
        <IconButton icon="close" label={t("choices.remove")} onClick={onClose} />
      </div>
      {kind === "list" && (
        <TextField
          label={t("choices.opener")}
          value={opener}
          maxLength={BOUNDS.buttons.longest}
          onChange={(event) => onChange({ ...choices, opener: event.target.value })}
        />
      )}
      <div className="grid gap-2 sm:grid-cols-2">
        {titles.map((title, at) => (
          <TextField
            key={at}
            label={t("choices.choice", { number: `${at + 1}` })}
            value={title}
            maxLength={longest}
            onChange={(event) => onChange(withTitle(choices, at, event.target.value))}
          />
        ))}
      </div>
      <p className="text-muted text-sm">{t("choices.hint")}</p>
    </fieldset>
  );
}
