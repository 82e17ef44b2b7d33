import { useState } from "react";

import type { Channel } from "../api/conversation";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Confirm, Dialog } from "../ui/dialog";
import { toast } from "../ui/toast";
import { ChannelForm } from "./channel-form";
import { isOfMeta } from "./channel-kinds";
import { useChangeChannel, useDeleteChannel } from "./channel-queries";
import { ChannelSetup } from "./channel-setup";
import { ChannelStatus } from "./channel-status";
import { ChannelTest } from "./channel-test";
import { MetaLoginDialog } from "./meta-login-dialog";

interface ChannelDrawerProps {
  channel: Channel;
  verifyToken: string | null;
  onVerifyToken: (token: string | null) => void;
  onClose: () => void;
}

function DeleteDialog({
  channel,
  onDeleted,
  onClose,
}: {
  channel: Channel;
  onDeleted: () => void;
  onClose: () => void;
}) {
  const text = useText();
  const { t } = text;
  const remove = useDeleteChannel(channel.id);
  return (
    <Confirm
      title={t("channels.deleteTitle", { name: channel.name })}
      hint={t("channels.deleteHint")}
      action={t("channels.delete")}
      danger
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: onDeleted,
          onError: (error) => toast(describeError(error, text), true),
        })
      }
    />
  );
}

/** One channel: how it is, how it is set up, and what can be changed. */
export function ChannelDrawer({ channel, verifyToken, onVerifyToken, onClose }: ChannelDrawerProps) {
  const text = useText();
  const { t, format } = text;
  const change = useChangeChannel(channel.id);
  const [asking, setAsking] = useState<"edit" | "login" | "delete" | null>(null);
  const saved = (_: Channel, token: string | null) => {
    if (token !== null) onVerifyToken(token);
    setAsking(null);
    toast(t("common.saved"));
  };
  return (
    <Dialog drawer title={channel.name} onClose={onClose}>
      <div className="flex flex-col gap-6">
        <div className="flex flex-wrap items-center gap-2">
          <ChannelStatus channel={channel} />
          <span className="text-muted">{t(`channel.${channel.kind}`)}</span>
          {channel.status_detail !== null && (
            <p dir="auto" className="text-bad basis-full wrap-anywhere">
              {channel.status_detail}
            </p>
          )}
          {channel.token_expires_at !== null && (
            <p className="text-muted basis-full text-sm">
              {t("channels.tokenEnds", { day: format.day(channel.token_expires_at) })}
            </p>
          )}
        </div>
        <ChannelTest channel={channel} />
        <ChannelSetup channel={channel} verifyToken={verifyToken} />
        <div className="border-line flex flex-wrap gap-2 border-t pt-5">
          <Button onClick={() => setAsking("edit")}>{t("common.edit")}</Button>
          {isOfMeta(channel.kind) && <Button onClick={() => setAsking("login")}>{t("channels.login")}</Button>}
          <Button
            busy={change.isPending}
            onClick={() =>
              change.mutate(
                { enabled: !channel.enabled },
                { onError: (error) => toast(describeError(error, text), true) },
              )
            }
          >
            {t(channel.enabled ? "channels.turnOff" : "channels.turnOn")}
          </Button>
          <Button look="danger" onClick={() => setAsking("delete")}>
            {t("channels.delete")}
          </Button>
        </div>
      </div>
      {asking === "edit" && (
        <ChannelForm
          kind={channel.kind}
          title={t("channels.editTitle", { name: channel.name })}
          channel={channel}
          onLogIn={() => setAsking("login")}
          onClose={() => setAsking(null)}
          onSaved={saved}
        />
      )}
      {asking === "login" && (
        <MetaLoginDialog kind={channel.kind} channel={channel} onClose={() => setAsking(null)} onSaved={saved} />
      )}
      {asking === "delete" && <DeleteDialog channel={channel} onDeleted={onClose} onClose={() => setAsking(null)} />}
    </Dialog>
  );
}
