import { useState } from "react";

import type { Message } from "../api/conversation";
import type { Failure } from "../api/types";
import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Confirm } from "../ui/dialog";
import { toast } from "../ui/toast";
import { mayResend } from "./delivery";
import { useResend } from "./queries";

/** Why the provider refused a message. What we know is in the reader's language, the rest as the provider says it. */
export function useReason(): (error: Failure) => string {
  const { tOr } = useText();
  return ({ code, message }) => tOr(`delivery.${code}`, message);
}

/** Why a message is not with the customer, and a way to send it again. */
export function Undelivered({ message, conversation }: { message: Message; conversation: string }) {
  const text = useText();
  const { t } = text;
  const { isAgent } = useMe();
  const reasonOf = useReason();
  const resend = useResend(conversation);
  const [asking, setAsking] = useState(false);
  if (!mayResend(message)) return null;
  const again = () =>
    resend.mutate(message.id, {
      onError: (error) => toast(describeError(error, text), true),
      onSettled: () => setAsking(false),
    });
  const isUnsure = message.status === "unknown";
  return (
    <div className="flex flex-wrap items-center justify-end gap-2 px-1">
      <p className={`text-sm ${isUnsure ? "text-warn" : "text-bad"}`}>
        {isUnsure ? t("message.unsure") : message.error ? reasonOf(message.error) : t("message.status.failed")}
      </p>
      {isAgent && (
        // Whether it arrived is not known: a second copy is for a person to risk.
        <Button icon="retry" busy={resend.isPending} onClick={isUnsure ? () => setAsking(true) : again}>
          {t("message.resend")}
        </Button>
      )}
      {asking && (
        <Confirm
          title={t("message.resendTitle")}
          hint={t("message.resendHint")}
          action={t("message.resend")}
          busy={resend.isPending}
          onConfirm={again}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
