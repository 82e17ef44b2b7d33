import type { ChannelKind } from "../api/conversation";
import { useText } from "../text/language";
import { Icon } from "../ui/icon";

/** Which channel something came by. */
export function ChannelMark({ kind, className = "size-4" }: { kind: ChannelKind; className?: string }) {
  const { t } = useText();
  const name = t(`channel.${kind}`);
  return (
    <span title={name} className="text-muted inline-flex shrink-0">
      <span className="sr-only">{name}</span>
      <Icon name={kind} className={className} />
    </span>
  );
}
