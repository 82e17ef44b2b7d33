import { useState } from "react";

import type { Webhook } from "../api/conversation";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Badge } from "../ui/badge";
import { Button, IconButton } from "../ui/button";
import { Menu, MenuItem, MenuLine } from "../ui/menu";
import { Card } from "../ui/page";
import { Empty, ListState, More } from "../ui/state";
import { toast } from "../ui/toast";
import { SectionHead } from "../ui/section";
import { DeliveriesDrawer } from "./webhook-deliveries";
import { DeleteWebhookDialog, EditWebhookDialog, NewWebhookDialog } from "./webhook-dialogs";
import { useChangeWebhook, useWebhooks } from "./webhook-queries";

type Opened = "deliveries" | "edit" | "delete";

function WebhookRow({ webhook, onOpen }: { webhook: Webhook; onOpen: (what: Opened) => void }) {
  const text = useText();
  const { t } = text;
  const change = useChangeWebhook();
  const turn = () =>
    change.mutate(
      { id: webhook.id, enabled: !webhook.enabled },
      { onError: (error) => toast(describeError(error, text), true) },
    );
  return (
    <li className="flex flex-wrap items-center gap-3 py-3 ps-4 pe-2">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-2">
          <bdi dir="ltr" className="min-w-0 font-mono text-sm break-all">
            {webhook.url}
          </bdi>
          <Badge tone={webhook.enabled ? "good" : "neutral"}>
            {t(webhook.enabled ? "webhooks.on" : "webhooks.off")}
          </Badge>
        </p>
        <p dir="auto" className="text-muted text-sm wrap-anywhere">
          {webhook.events.length === 0 ? t("webhooks.everyEvent") : webhook.events.join(", ")}
        </p>
        {webhook.disabled_reason !== null && <p className="text-bad text-sm">{webhook.disabled_reason}</p>}
      </div>
      <Button onClick={() => onOpen("deliveries")}>{t("webhooks.deliveries")}</Button>
      <Menu trigger={<IconButton icon="more" label={t("common.actions", { name: webhook.url })} />}>
        <MenuItem onSelect={() => onOpen("edit")}>{t("common.edit")}</MenuItem>
        <MenuItem onSelect={turn}>{t(webhook.enabled ? "webhooks.turnOff" : "webhooks.turnOn")}</MenuItem>
        <MenuLine />
        <MenuItem danger onSelect={() => onOpen("delete")}>
          {t("common.delete")}
        </MenuItem>
      </Menu>
    </li>
  );
}

export function Webhooks() {
  const { t } = useText();
  const webhooks = useWebhooks();
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<{ what: Opened; id: string } | null>(null);
  const opened = webhooks.rows.find(({ id }) => id === open?.id);
  const close = () => setOpen(null);
  return (
    <>
      <SectionHead lead={t("webhooks.lead")}>
        <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
          {t("webhooks.new")}
        </Button>
      </SectionHead>
      <ListState
        list={webhooks}
        empty={<Empty icon="send" title={t("webhooks.empty")} hint={t("webhooks.emptyHint")} />}
      >
        <Card>
          <ul className="divide-line divide-y">
            {webhooks.rows.map((webhook) => (
              <WebhookRow key={webhook.id} webhook={webhook} onOpen={(what) => setOpen({ what, id: webhook.id })} />
            ))}
          </ul>
        </Card>
        <More list={webhooks} />
      </ListState>
      {adding && <NewWebhookDialog onClose={() => setAdding(false)} />}
      {opened && open?.what === "deliveries" && <DeliveriesDrawer webhook={opened} onClose={close} />}
      {opened && open?.what === "edit" && <EditWebhookDialog webhook={opened} onClose={close} />}
      {opened && open?.what === "delete" && <DeleteWebhookDialog webhook={opened} onClose={close} />}
    </>
  );
}
