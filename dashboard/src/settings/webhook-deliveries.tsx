import type { Webhook, WebhookDelivery } from "../api/conversation";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Badge, type Tone } from "../ui/badge";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Empty, ListState, More } from "../ui/state";
import { toast } from "../ui/toast";
import { useDeliveries, useReplay } from "./webhook-queries";

const TONE: Record<WebhookDelivery["status"], Tone> = { pending: "active", delivered: "good", failed: "bad" };

function Delivery({ webhook, delivery }: { webhook: string; delivery: WebhookDelivery }) {
  const text = useText();
  const { t, format } = text;
  const replay = useReplay(webhook);
  const { status, attempts, http_status, error, next_at } = delivery;
  const facts = [
    format.ago(delivery.created_at),
    t("webhooks.attempts", { count: attempts }),
    ...(http_status === null ? [] : [`HTTP ${http_status}`]),
    ...(status === "pending" && next_at !== null ? [t("webhooks.next", { when: format.ago(next_at) })] : []),
  ];
  return (
    <li className="flex items-center gap-3 py-3">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2">
          <bdi dir="ltr" className="font-mono text-sm">
            {delivery.event_type}
          </bdi>
          <Badge tone={TONE[status]}>{t(`webhooks.status.${status}`)}</Badge>
        </p>
        <p className="text-muted text-sm tabular-nums">{facts.join(" · ")}</p>
        {error !== null && (
          <p dir="auto" className="text-bad text-sm wrap-anywhere">
            {error}
          </p>
        )}
      </div>
      {status !== "pending" && (
        <Button
          icon="retry"
          busy={replay.isPending}
          onClick={() =>
            replay.mutate(delivery.id, {
              onSuccess: () => toast(t("webhooks.replayed")),
              onError: (error) => toast(describeError(error, text), true),
            })
          }
        >
          {t("webhooks.replay")}
        </Button>
      )}
    </li>
  );
}

/** What was sent to one endpoint, and what came of it. */
export function DeliveriesDrawer({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { t } = useText();
  const deliveries = useDeliveries(webhook.id);
  return (
    <Dialog drawer title={t("webhooks.deliveries")} onClose={onClose}>
      <p dir="ltr" className="text-muted mb-2 font-mono text-sm break-all">
        {webhook.url}
      </p>
      <ListState
        list={deliveries}
        empty={<Empty icon="send" title={t("webhooks.noDeliveries")} hint={t("webhooks.noDeliveriesHint")} />}
      >
        <ul className="divide-line divide-y">
          {deliveries.rows.map((delivery) => (
            <Delivery key={delivery.id} webhook={webhook.id} delivery={delivery} />
          ))}
        </ul>
        <More list={deliveries} />
      </ListState>
    </Dialog>
  );
}
