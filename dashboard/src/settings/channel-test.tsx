import type { Channel, ChannelHealth } from "../api/conversation";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { Problem } from "../ui/state";
import { useTestChannel } from "./channel-queries";

function Checks({ health }: { health: ChannelHealth }) {
  const { t, tOr } = useText();
  return (
    <div role="status" className="flex flex-col gap-2">
      <p className={`font-medium ${health.ok ? "text-good" : "text-bad"}`}>
        {t(health.ok ? "channels.testGood" : "channels.testBad")}
        {health.account !== null && (
          <>
            {" "}
            <bdi className="text-ink">{health.account}</bdi>
          </>
        )}
      </p>
      <ul className="flex flex-col gap-2">
        {health.checks.map((check) => (
          <li key={check.name} className="flex items-start gap-2">
            <Icon
              name={check.ok ? "check" : "alert"}
              className={`mt-0.5 size-5 ${check.ok ? "text-good" : "text-bad"}`}
            />
            <div className="min-w-0">
              <p className="font-medium">
                {tOr(`channels.check.${check.name}`, check.name)}
                <span className="sr-only"> – {t(check.ok ? "channels.fine" : "channels.wrong")}</span>
              </p>
              <p dir="auto" className="text-muted text-sm wrap-anywhere">
                {check.detail}
              </p>
              {check.remedy !== null && (
                <p dir="auto" className="text-sm wrap-anywhere">
                  {check.remedy}
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Asks the provider, and says what is wrong and what to do about it. */
export function ChannelTest({ channel }: { channel: Channel }) {
  const { t } = useText();
  const test = useTestChannel(channel.id);
  return (
    <section className="flex flex-col items-start gap-3">
      <Button icon="bolt" busy={test.isPending} onClick={() => test.mutate(undefined)}>
        {t("channels.test")}
      </Button>
      <Problem error={test.error} />
      {test.data && <Checks health={test.data} />}
    </section>
  );
}
