import { useState } from "react";

import type { Bot } from "../api/types";
import { useText } from "../text/language";
import { TextArea, TextField } from "../ui/field";

export interface BotFieldsProps {
  bot: Bot;
  readOnly: boolean;
  errorOf: (field: string) => string | undefined;
}

function Threshold({ bot, readOnly, errorOf }: BotFieldsProps) {
  const { t, format } = useText();
  const [percent, setPercent] = useState(Math.round(bot.confidence_threshold * 100));
  return (
    <label className="flex flex-col gap-1">
      <span className="flex justify-between font-medium">
        {t("bot.threshold")}
        <output className="tabular-nums">{format.percent(percent / 100)}</output>
      </span>
      <input
        type="range"
        name="confidence_threshold"
        min={0}
        max={100}
        value={percent}
        disabled={readOnly}
        onChange={(event) => setPercent(event.target.valueAsNumber)}
        className="accent-accent h-8"
      />
      <span className="text-muted text-sm">{errorOf("confidence_threshold") ?? t("bot.thresholdHint")}</span>
    </label>
  );
}

export function BotFields(props: BotFieldsProps) {
  const { bot, readOnly, errorOf } = props;
  const { t } = useText();
  const given = (name: keyof Bot) => ({ name, readOnly, error: errorOf(name) });
  return (
    <>
      <TextField label={t("bot.name")} {...given("name")} defaultValue={bot.name} maxLength={80} required />
      <TextField
        label={t("bot.tone")}
        hint={t("bot.toneHint")}
        {...given("tone")}
        defaultValue={bot.tone}
        maxLength={500}
      />
      <TextField
        label={t("bot.languages")}
        hint={t("bot.languagesHint")}
        {...given("languages")}
        dir="ltr"
        defaultValue={bot.languages.join(", ")}
        required
      />
      <TextArea label={t("bot.greeting")} {...given("greeting")} defaultValue={bot.greeting} maxLength={1000} />
      <TextArea
        label={t("bot.instructions")}
        hint={t("bot.instructionsHint")}
        {...given("instructions")}
        rows={5}
        defaultValue={bot.instructions}
        maxLength={8000}
      />
      <Threshold {...props} />
      <TextField
        label={t("bot.mergeWindow")}
        hint={t("bot.mergeWindowHint")}
        {...given("merge_window_ms")}
        type="number"
        dir="ltr"
        min={0}
        max={60000}
        defaultValue={bot.merge_window_ms}
        required
      />
    </>
  );
}
