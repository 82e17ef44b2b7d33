import type { Channel, ChannelKind } from "../api/conversation";
import type { Key } from "../text/catalogue";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Copyable } from "../ui/copyable";
import { toast } from "../ui/toast";
import { guideOf } from "./channel-kinds";
import { useRegisterChannel } from "./channel-queries";

const REGISTERED: readonly Key[] = ["channels.step.register", "channels.step.test"];

/** What is done at the provider, one after another. */
const STEPS: Record<ChannelKind, readonly Key[]> = {
  web: ["channels.step.web.paste", "channels.step.web.origin"],
  whatsapp: ["channels.step.meta.webhook", "channels.step.whatsapp.subscribe", ...REGISTERED],
  instagram: ["channels.step.meta.webhook", "channels.step.messages.subscribe", ...REGISTERED],
  messenger: ["channels.step.meta.webhook", "channels.step.messages.subscribe", ...REGISTERED],
  telegram: REGISTERED,
  slack: ["channels.step.slack.events", "channels.step.slack.subscribe", "channels.step.test"],
};

/** What a page carries to show the chat. */
export const snippet = (origin: string, token: string): string =>
  `<script async src="${origin}/widget.js" data-token="${token}"></script>`;

/** Providers that have a call for it are told where to send what comes in. */
function Register({ channel }: { channel: Channel }) {
  const text = useText();
  const { t } = text;
  const register = useRegisterChannel(channel.id);
  return (
    <Button
      busy={register.isPending}
      className="self-start"
      onClick={() =>
        register.mutate(undefined, {
          onSuccess: () => toast(t("channels.registered")),
          onError: (error) => toast(describeError(error, text), true),
        })
      }
    >
      {t("channels.register")}
    </Button>
  );
}

interface SetupProps {
  channel: Channel;
  /** Known right after it was chosen, and never again. */
  verifyToken: string | null;
}

/** What the other side has to be told, ready to be copied. */
export function ChannelSetup({ channel, verifyToken }: SetupProps) {
  const { t } = useText();
  const { kind, public_token } = channel;
  return (
    <section className="flex flex-col gap-4">
      <h3 className="text-lg font-semibold">{t("channels.setup")}</h3>
      {kind === "web" ? (
        <Copyable
          label={t("channels.snippet")}
          hint={t("channels.snippetHint")}
          rows={3}
          text={snippet(location.origin, public_token ?? "")}
        />
      ) : (
        <>
          <Copyable label={t("channels.webhook")} rows={2} text={location.origin + (channel.webhook_path ?? "")} />
          {kind !== "slack" && <Register channel={channel} />}
        </>
      )}
      {verifyToken !== null && (
        <Copyable label={t("channels.field.verify_token")} hint={t("channels.verifyOnce")} text={verifyToken} />
      )}
      <ol className="list-decimal space-y-1.5 ps-5">
        {STEPS[kind].map((step) => (
          <li key={step}>{t(step)}</li>
        ))}
      </ol>
      <a href={guideOf(kind)} target="_blank" rel="noreferrer" className="text-accent self-start underline">
        {t("channels.guide")}
      </a>
    </section>
  );
}
