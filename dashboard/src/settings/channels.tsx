import { useState } from "react";

import { CHANNEL_KINDS, type Channel, type ChannelKind } from "../api/conversation";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { Menu, MenuItem } from "../ui/menu";
import { Card } from "../ui/page";
import { Empty, ListState, More } from "../ui/state";
import { ChannelDrawer } from "./channel-drawer";
import { ChannelForm } from "./channel-form";
import { ChannelStatus } from "./channel-status";
import { MetaLoginDialog } from "./meta-login-dialog";
import { useChannels } from "./queries";
import { SectionHead } from "../ui/section";

function ChannelRow({ channel, onOpen }: { channel: Channel; onOpen: () => void }) {
  const { t, format } = useText();
  return (
    <li className="hover:bg-raised/60 relative flex items-center gap-3 px-4 py-3.5">
      <span className="bg-raised text-muted grid size-10 shrink-0 place-items-center rounded-xl">
        <Icon name={channel.kind} />
      </span>
      <div className="min-w-0 flex-1">
        <button type="button" onClick={onOpen} className="max-w-full truncate font-medium after:absolute after:inset-0">
          <bdi>{channel.name}</bdi>
        </button>
        <p className="text-muted text-sm">
          {t(`channel.${channel.kind}`)} · {format.ago(channel.created_at)}
        </p>
        {channel.status_detail !== null && (
          <p dir="auto" className="text-bad text-sm wrap-anywhere">
            {channel.status_detail}
          </p>
        )}
      </div>
      <ChannelStatus channel={channel} />
    </li>
  );
}

/** Which kind is to be connected. */
function Connect({ onKind }: { onKind: (kind: ChannelKind) => void }) {
  const { t } = useText();
  return (
    <Menu
      trigger={
        <Button look="primary" icon="plus">
          {t("channels.connect")}
        </Button>
      }
    >
      {CHANNEL_KINDS.map((kind) => (
        <MenuItem key={kind} onSelect={() => onKind(kind)}>
          <Icon name={kind} className="text-muted size-5" />
          {t(`channel.${kind}`)}
        </MenuItem>
      ))}
    </Menu>
  );
}

export function Channels() {
  const { t } = useText();
  const channels = useChannels();
  const [connecting, setConnecting] = useState<{ kind: ChannelKind; isLogin: boolean } | null>(null);
  const [open, setOpen] = useState<{ id: string; verifyToken: string | null } | null>(null);
  const opened = channels.rows.find(({ id }) => id === open?.id);
  const saved = ({ id }: Channel, verifyToken: string | null) => {
    setConnecting(null);
    setOpen({ id, verifyToken });
  };
  return (
    <>
      <SectionHead lead={t("channels.lead")}>
        <Connect onKind={(kind) => setConnecting({ kind, isLogin: false })} />
      </SectionHead>
      <ListState
        list={channels}
        empty={<Empty icon="web" title={t("channels.empty")} hint={t("channels.emptyHint")} />}
      >
        <Card>
          <ul className="divide-line divide-y">
            {channels.rows.map((channel) => (
              <ChannelRow
                key={channel.id}
                channel={channel}
                onOpen={() => setOpen({ id: channel.id, verifyToken: null })}
              />
            ))}
          </ul>
        </Card>
        <More list={channels} />
      </ListState>
      {connecting?.isLogin === false && (
        <ChannelForm
          kind={connecting.kind}
          title={t("channels.connectTitle", { kind: t(`channel.${connecting.kind}`) })}
          channel={null}
          onLogIn={() => setConnecting({ ...connecting, isLogin: true })}
          onClose={() => setConnecting(null)}
          onSaved={saved}
        />
      )}
      {connecting?.isLogin === true && (
        <MetaLoginDialog kind={connecting.kind} channel={null} onClose={() => setConnecting(null)} onSaved={saved} />
      )}
      {opened && open && (
        <ChannelDrawer
          channel={opened}
          verifyToken={open.verifyToken}
          onVerifyToken={(verifyToken) => setOpen({ id: open.id, verifyToken })}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}
