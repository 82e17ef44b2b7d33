import type { Channel } from "../api/conversation";
import { useText } from "../text/language";
import { Badge } from "../ui/badge";

export function ChannelStatus({ channel }: { channel: Channel }) {
  const { t } = useText();
  if (!channel.enabled) return <Badge tone="neutral">{t("channels.status.off")}</Badge>;
  const tone = channel.status === "ok" ? "good" : channel.status === "reconnect" ? "warn" : "bad";
  return <Badge tone={tone}>{t(`channels.status.${channel.status}`)}</Badge>;
}
