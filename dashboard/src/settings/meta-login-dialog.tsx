import { useEffect, useRef, useState } from "react";

import type { Channel, ChannelCandidate, ChannelKind, ChannelLoginResult } from "../api/conversation";
import { fieldError } from "../api/problem";
import { useText } from "../text/language";
import { Copyable } from "../ui/copyable";
import { Dialog } from "../ui/dialog";
import { fieldSecret, fieldText, Select, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { randomToken } from "./channel-kinds";
import { useChangeChannel, useCreateChannel, useMetaLogin } from "./channel-queries";
import { returnAddress, type MetaApp } from "./meta-login";

const WINDOW = "popup,width=640,height=780";
/** The longest name of a channel. */
const NAME = 80;

interface MetaLoginDialogProps {
  kind: ChannelKind;
  /** The one to connect again; a new one when null. */
  channel: Channel | null;
  onSaved: (channel: Channel, verifyToken: string | null) => void;
  onClose: () => void;
}

interface AppFormProps extends MetaLoginDialogProps {
  title: string;
  onReached: (app: MetaApp, reached: ChannelLoginResult) => void;
}

function AppForm({ kind, channel, title, onReached, onClose }: AppFormProps) {
  const { t } = useText();
  const login = useMetaLogin();
  const away = useRef<AbortController | null>(null);
  useEffect(() => () => away.current?.abort(), []);
  const start = (form: FormData) => {
    const app = { id: fieldText(form, "app_id"), secret: fieldSecret(form, "app_secret").trim() };
    const opened = window.open("", "_blank", WINDOW);
    // Whoever closed Meta's window begins again.
    away.current?.abort();
    away.current = new AbortController();
    const { signal } = away.current;
    login.mutate({ kind, app, opened, signal }, { onSuccess: (reached) => onReached(app, reached) });
  };
  const before = channel?.settings.app_id;
  return (
    <FormDialog
      title={title}
      action={t("channels.login.go")}
      mutation={{ error: login.error, isPending: false }}
      onSubmit={start}
      onClose={onClose}
    >
      <Copyable label={t("channels.login.redirect")} hint={t("channels.login.redirectHint")} text={returnAddress()} />
      <TextField
        label={t("channels.field.app_id")}
        name="app_id"
        dir="ltr"
        autoComplete="off"
        defaultValue={typeof before === "string" ? before : ""}
        maxLength={100}
        error={fieldError(login.error, "app_id")}
        required
      />
      <TextField
        label={t("channels.field.app_secret")}
        hint={t("channels.login.secretHint")}
        name="app_secret"
        dir="ltr"
        type="password"
        autoComplete="off"
        maxLength={200}
        error={fieldError(login.error, "app_secret")}
        required
      />
      {login.isPending && <p role="status">{t("channels.login.waiting")}</p>}
    </FormDialog>
  );
}

/** Whether the channel is this account's already. */
const isOf = (channel: Channel | null, { settings }: ChannelCandidate) =>
  ["phone_number_id", "account_id"].some((id) => id in settings && settings[id] === channel?.settings[id]);

interface AccountFormProps extends MetaLoginDialogProps {
  title: string;
  app: MetaApp;
  reached: ChannelLoginResult;
}

function AccountForm({ kind, channel, title, app, reached, onSaved, onClose }: AccountFormProps) {
  const { t } = useText();
  const make = useCreateChannel();
  const change = useChangeChannel(channel?.id ?? "");
  const mutation = channel === null ? make : change;
  const save = (form: FormData) => {
    const chosen = reached.data[Number(fieldText(form, "account"))];
    if (chosen === undefined) return;
    const { name, settings, grant } = chosen;
    const secrets = { app_secret: app.secret };
    if (channel === null) {
      const verify_token = randomToken();
      const body = { kind, name: name.slice(0, NAME), settings, grant, secrets: { ...secrets, verify_token } };
      make.mutate(body, { onSuccess: (saved) => onSaved(saved, verify_token) });
    } else {
      change.mutate({ settings, grant, secrets }, { onSuccess: (saved) => onSaved(saved, null) });
    }
  };
  const before = reached.data.findIndex((candidate) => isOf(channel, candidate));
  return (
    <FormDialog
      title={title}
      action={t(channel === null ? "channels.connect" : "common.save")}
      mutation={mutation}
      onSubmit={save}
      onClose={onClose}
    >
      <Select
        label={t("channels.login.account")}
        name="account"
        defaultValue={String(Math.max(before, 0))}
        options={reached.data.map(({ name }, at) => ({ value: String(at), label: name }))}
      />
      <Missing permissions={reached.missing} />
    </FormDialog>
  );
}

function Missing({ permissions }: { permissions: string[] }) {
  const { t } = useText();
  if (permissions.length === 0) return null;
  return (
    <p className="bg-warn-soft text-warn rounded-lg px-3 py-2 wrap-anywhere">
      {t("channels.login.missing", { permissions: permissions.join(", ") })}
    </p>
  );
}

/** Connects a channel by a login at Meta instead of by a copied token, or connects it again. */
export function MetaLoginDialog(props: MetaLoginDialogProps) {
  const { t } = useText();
  const [end, setEnd] = useState<{ app: MetaApp; reached: ChannelLoginResult } | null>(null);
  const title = `${t("channels.login")}: ${t(`channel.${props.kind}`)}`;
  if (end === null) {
    return <AppForm {...props} title={title} onReached={(app, reached) => setEnd({ app, reached })} />;
  }
  if (end.reached.data.length > 0) return <AccountForm {...props} {...end} title={title} />;
  return (
    <Dialog title={title} onClose={props.onClose}>
      <div className="flex flex-col gap-4">
        <p>{t("channels.login.none")}</p>
        <Missing permissions={end.reached.missing} />
      </div>
    </Dialog>
  );
}
