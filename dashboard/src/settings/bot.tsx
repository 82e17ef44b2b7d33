import { useMutation, useQueryClient } from "@tanstack/react-query";

import { call } from "../api/client";
import { fieldError } from "../api/problem";
import type { Bot } from "../api/types";
import { useMe } from "../shell/me";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Failed, Problem, Skeleton } from "../ui/state";
import { toast } from "../ui/toast";
import { ConversationFields } from "./bot-conversation";
import { BotFields } from "./bot-fields";
import { readBot } from "./bot-form";
import { BOT, BOT_PATH, useBot } from "./queries";
import { SectionHead } from "../ui/section";

function BotForm({ bot }: { bot: Bot }) {
  const { t } = useText();
  const { isAdmin } = useMe();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (bot: Bot) => call<Bot>(BOT_PATH, { method: "PATCH", body: bot }),
    onSuccess: (saved) => {
      client.setQueryData(BOT, saved);
      toast(t("common.saved"));
    },
  });
  const errorOf = (field: string) => fieldError(save.error, field);
  return (
    <form
      className="flex max-w-2xl flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(readBot(new FormData(event.currentTarget)));
      }}
    >
      <BotFields bot={bot} readOnly={!isAdmin} errorOf={errorOf} />
      <ConversationFields bot={bot} readOnly={!isAdmin} errorOf={errorOf} />
      <Problem error={save.error} />
      {isAdmin ? (
        <div>
          <Button type="submit" look="primary" busy={save.isPending}>
            {t("common.save")}
          </Button>
        </div>
      ) : (
        <p className="text-muted">{t("bot.readOnly")}</p>
      )}
    </form>
  );
}

export function BotSettings() {
  const { t } = useText();
  const bot = useBot();
  return (
    <>
      <SectionHead lead={t("bot.lead")} />
      {bot.data && <BotForm bot={bot.data} />}
      {bot.isPending && <Skeleton rows={5} />}
      {bot.isError && !bot.data && <Failed error={bot.error} onRetry={() => void bot.refetch()} />}
    </>
  );
}
