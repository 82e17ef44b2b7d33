import { useState } from "react";

import type { Channel, ChannelKind } from "../api/conversation";
import { fieldError } from "../api/problem";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Select, TextArea, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import {
  FIELDS,
  isOfMeta,
  MODES,
  originsOf,
  POSITIONS,
  randomToken,
  readChannel,
  themeOf,
  type ChannelField,
} from "./channel-kinds";
import { useChangeChannel, useCreateChannel } from "./channel-queries";

interface FieldsProps {
  channel: Channel | null;
  error: unknown;
}

function ProviderField({ field, channel, error }: FieldsProps & { field: ChannelField }) {
  const { t, tOr } = useText();
  const [generated] = useState(() => (field.generated && channel === null ? randomToken() : ""));
  const label = tOr(`channels.field.${field.name}`, field.name);
  const isKept = field.in === "secrets" && channel !== null && channel.secret_names.includes(field.name);
  const before = channel?.settings[field.name];
  return (
    <TextField
      label={field.required ? label : t("channels.optional", { label })}
      hint={isKept ? t("channels.kept") : tOr(`channels.hint.${field.name}`, "")}
      name={field.name}
      dir="ltr"
      type={field.in === "secrets" && !field.generated ? "password" : "text"}
      autoComplete="off"
      spellCheck={false}
      defaultValue={field.in === "settings" && typeof before === "string" ? before : generated}
      maxLength={2000}
      error={fieldError(error, `${field.in}.${field.name}`)}
      required={field.required && !isKept}
    />
  );
}

function WebFields({ channel, error }: FieldsProps) {
  const { t } = useText();
  const theme = themeOf(channel);
  return (
    <>
      <TextArea
        label={t("channels.origins")}
        hint={t("channels.originsHint")}
        name="allowed_origins"
        dir="ltr"
        rows={3}
        placeholder="https://www.example.com"
        defaultValue={originsOf(channel).join("\n")}
        error={fieldError(error, "settings.allowed_origins")}
      />
      <div className="grid grid-cols-2 gap-3">
        <Select
          label={t("channels.mode")}
          name="mode"
          defaultValue={theme.mode}
          options={MODES.map((value) => ({ value, label: t(`channels.mode.${value}`) }))}
        />
        <Select
          label={t("channels.position")}
          name="position"
          defaultValue={theme.position}
          options={POSITIONS.map((value) => ({ value, label: t(`channels.position.${value}`) }))}
        />
      </div>
      <label className="flex items-center gap-3 font-medium">
        <input type="color" name="color" defaultValue={theme.color} className="h-10 w-14 rounded-lg" />
        {t("channels.colour")}
      </label>
    </>
  );
}

interface ChannelFormProps {
  kind: ChannelKind;
  title: string;
  channel: Channel | null;
  onSaved: (channel: Channel, verifyToken: string | null) => void;
  /** Of Meta's kinds: instead of filling this in. */
  onLogIn: () => void;
  onClose: () => void;
}

/** Connects a channel, or changes one that is there. */
export function ChannelForm({ kind, title, channel, onSaved, onLogIn, onClose }: ChannelFormProps) {
  const { t } = useText();
  const make = useCreateChannel();
  const change = useChangeChannel(channel?.id ?? "");
  const mutation = channel === null ? make : change;
  const save = (form: FormData) => {
    const body = readChannel(kind, form, channel?.settings);
    const onSuccess = (saved: Channel) => onSaved(saved, body.secrets.verify_token ?? null);
    if (channel === null) make.mutate({ kind, ...body }, { onSuccess });
    else change.mutate(body, { onSuccess });
  };
  return (
    <FormDialog
      title={title}
      action={t(channel === null ? "channels.connect" : "common.save")}
      mutation={mutation}
      onSubmit={save}
      onClose={onClose}
    >
      {isOfMeta(kind) && (
        <div className="border-line flex flex-col items-start gap-1 border-b pb-4">
          <Button onClick={onLogIn}>{t("channels.login")}</Button>
          <p className="text-muted text-sm">{t("channels.login.hint")}</p>
        </div>
      )}
      <TextField
        label={t("channels.name")}
        hint={t("channels.nameHint")}
        name="name"
        defaultValue={channel?.name ?? t(`channel.${kind}`)}
        maxLength={80}
        error={fieldError(mutation.error, "name")}
        required
      />
      {kind === "web" ? (
        <WebFields channel={channel} error={mutation.error} />
      ) : (
        FIELDS[kind].map((field) => (
          <ProviderField key={field.name} field={field} channel={channel} error={mutation.error} />
        ))
      )}
    </FormDialog>
  );
}
