import { useText } from "../text/language";
import { Empty } from "../ui/state";

/** What Meta's window shows at the end, where a browser doesn't let it close itself. */
export function MetaReturn() {
  const { t } = useText();
  return <Empty icon="check" title={t("channels.login.done")} />;
}
