import type { ReactNode } from "react";

import { useText } from "../text/language";
import { Checkbox, TextArea, TextField } from "../ui/field";
import { TimezoneField } from "../ui/timezone-field";
import type { BotFieldsProps } from "./bot-fields";
import { HoursEditor } from "./hours-editor";
import { IntentsEditor } from "./intents-editor";

export function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="border-line flex flex-col gap-5 border-t pt-5">
      <legend className="float-start w-full text-lg font-semibold">{title}</legend>
      {children}
    </fieldset>
  );
}

function Handoff({ bot, readOnly, errorOf }: BotFieldsProps) {
  const { t } = useText();
  const { handoff } = bot;
  return (
    <Group title={t("bot.handoffTitle")}>
      <Checkbox
        label={t("bot.handoffEnabled")}
        hint={t("bot.handoffEnabledHint")}
        name="handoff_enabled"
        defaultChecked={handoff.enabled}
        disabled={readOnly}
      />
      <TextField
        label={t("bot.handoff")}
        hint={t("bot.handoffHint")}
        name="handoff_keywords"
        readOnly={readOnly}
        error={errorOf("handoff_keywords")}
        defaultValue={bot.handoff_keywords.join(", ")}
      />
      <TextField
        label={t("bot.lowConfidence")}
        hint={t("bot.lowConfidenceHint")}
        name="low_confidence_after"
        type="number"
        dir="ltr"
        min={1}
        max={10}
        readOnly={readOnly}
        error={errorOf("handoff.low_confidence_after")}
        defaultValue={handoff.low_confidence_after}
        required
      />
      <Checkbox
        label={t("bot.sentiment")}
        hint={t("bot.sentimentHint")}
        name="handoff_sentiment"
        defaultChecked={handoff.sentiment}
        disabled={readOnly}
      />
      <TextField
        label={t("bot.sla")}
        hint={t("bot.slaHint")}
        name="sla_minutes"
        type="number"
        dir="ltr"
        min={1}
        max={10080}
        readOnly={readOnly}
        error={errorOf("handoff.sla_minutes")}
        defaultValue={handoff.sla_minutes}
        required
      />
    </Group>
  );
}

function Hours({ bot, readOnly, errorOf }: BotFieldsProps) {
  const { t } = useText();
  return (
    <Group title={t("bot.hoursTitle")}>
      <TimezoneField
        label={t("bot.timezone")}
        readOnly={readOnly}
        error={errorOf("timezone")}
        defaultValue={bot.timezone}
      />
      <HoursEditor hours={bot.hours} readOnly={readOnly} />
      {errorOf("hours") && <p className="text-bad text-sm">{errorOf("hours")}</p>}
      <TextArea
        label={t("bot.outOfHours")}
        hint={t("bot.outOfHoursHint")}
        name="out_of_hours_message"
        readOnly={readOnly}
        error={errorOf("out_of_hours_message")}
        defaultValue={bot.out_of_hours_message}
        maxLength={1000}
      />
    </Group>
  );
}

function Course({ bot, readOnly, errorOf }: BotFieldsProps) {
  const { t } = useText();
  return (
    <Group title={t("bot.conversationTitle")}>
      <TextField
        label={t("bot.silence")}
        hint={t("bot.silenceHint")}
        name="session_silence_minutes"
        type="number"
        dir="ltr"
        min={1}
        max={525600}
        readOnly={readOnly}
        error={errorOf("session_silence_minutes")}
        defaultValue={bot.session_silence_minutes}
        required
      />
      <Checkbox
        label={t("bot.csat")}
        hint={t("bot.csatHint")}
        name="csat"
        defaultChecked={bot.csat}
        disabled={readOnly}
      />
      <TextField
        label={t("bot.retention")}
        hint={t("bot.retentionHint")}
        name="retention_days"
        type="number"
        dir="ltr"
        min={1}
        max={3650}
        readOnly={readOnly}
        error={errorOf("retention_days")}
        defaultValue={bot.retention_days ?? ""}
      />
    </Group>
  );
}

function Quality({ bot, readOnly }: BotFieldsProps) {
  const { t } = useText();
  return (
    <Group title={t("bot.qualityTitle")}>
      <Checkbox
        label={t("bot.evaluateOnChange")}
        hint={t("bot.evaluateOnChangeHint")}
        name="evaluate_on_change"
        defaultChecked={bot.evaluate_on_change}
        disabled={readOnly}
      />
    </Group>
  );
}

/** How conversations go: to people, at which hours, how they end, and what watches over the answers. */
export function ConversationFields(props: BotFieldsProps) {
  const { t } = useText();
  const fields = ["intents", "intents.name", "intents.examples", "intents.reply"];
  const intentsError = fields.map(props.errorOf).find((error) => error !== undefined);
  return (
    <>
      <Handoff {...props} />
      <Hours {...props} />
      <Course {...props} />
      <Group title={t("intents.title")}>
        <IntentsEditor intents={props.bot.intents} readOnly={props.readOnly} error={intentsError} />
      </Group>
      <Quality {...props} />
    </>
  );
}
