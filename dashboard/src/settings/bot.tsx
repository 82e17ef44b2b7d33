import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call } from "../api/client";
import { fieldError } from "../api/problem";
import type { Bot } from "../api/types";
import { useMe } from "../shell/me";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { fieldText } from "../ui/field";
import { Failed, Problem, Skeleton } from "../ui/state";
import { toast } from "../ui/toast";
import { BotFields } from "./bot-fields";
import { SectionHead } from "./section";

const BOT = ["bot"] as const;
const PATH = "/api/v1/bot";

const listOf = (text: string) =>
  text
    .split(/[,،]/)
    .map((word) => word.trim())
    .filter((word) => word !== "");

/** The settings as the form has them. */
export function readBot(form: FormData): Bot {
  const text = (name: string) => fieldText(form, name);
  return {
    name: text("name"),
    tone: text("tone"),
    languages: listOf(text("languages").toLowerCase()),
    greeting: text("greeting"),
    instructions: text("instructions"),
    confidence_threshold: Number(text("confidence_threshold")) / 100,
    merge_window_ms: Number(text("merge_window_ms")),
    handoff_keywords: listOf(text("handoff_keywords")),
  };
}

function BotForm({ bot }: { bot: Bot }) {
  const { t } = useText();
  const { isAdmin } = useMe();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (bot: Bot) => call<Bot>(PATH, { method: "PATCH", body: bot }),
    onSuccess: (saved) => {
      client.setQueryData(BOT, saved);
      toast(t("common.saved"));
    },
  });
  return (
    <form
      className="flex max-w-2xl flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(readBot(new FormData(event.currentTarget)));
      }}
    >
      <BotFields bot={bot} readOnly={!isAdmin} errorOf={(field) => fieldError(save.error, field)} />
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
  const bot = useQuery({
    queryKey: BOT,
    queryFn: ({ signal }) => call<Bot>(PATH, { signal }),
    // What is being typed is not to be replaced.
    refetchOnWindowFocus: false,
  });
  return (
    <>
      <SectionHead lead={t("bot.lead")} />
      {bot.data && <BotForm bot={bot.data} />}
      {bot.isPending && <Skeleton rows={5} />}
      {bot.isError && !bot.data && <Failed error={bot.error} onRetry={() => void bot.refetch()} />}
    </>
  );
}
