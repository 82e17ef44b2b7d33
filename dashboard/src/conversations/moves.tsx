import { useState } from "react";

import type { Conversation } from "../api/conversation";
import { ApiError } from "../api/problem";
import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button, IconButton } from "../ui/button";
import { Menu, MenuItem } from "../ui/menu";
import { toast } from "../ui/toast";
import { AssignDialog, HandoffDialog } from "./move-dialogs";
import { useMove, type Move } from "./queries";

/** What the member may do with a conversation as it stands. The server decides; this only offers what can succeed. */
export function movesOf({ status, assignee }: Pick<Conversation, "status" | "assignee">, member: string) {
  const isOpen = status !== "resolved";
  return {
    claim: isOpen && assignee !== member && (status !== "human" || assignee === null),
    resolve: isOpen,
    release: status === "waiting" || status === "human",
    handoff: status === "bot",
    assign: isOpen,
  };
}

export function Moves({ conversation }: { conversation: Conversation }) {
  const text = useText();
  const { t } = text;
  const { isAgent, member } = useMe();
  const move = useMove(conversation.id);
  const [asking, setAsking] = useState<"handoff" | "assign" | null>(null);
  if (!isAgent) return null;
  const may = movesOf(conversation, member.id);
  const go = (to: Move) =>
    move.mutate(to, {
      onSuccess: () => {
        setAsking(null);
        toast(t(`inbox.done.${to.to}`));
      },
      onError: (error) => {
        const isLate = error instanceof ApiError && error.status === 409;
        toast(isLate ? t("inbox.stale") : describeError(error, text), true);
        if (isLate) setAsking(null);
      },
    });
  const doing = move.isPending ? move.variables.to : null;
  return (
    <div className="flex items-center gap-1.5">
      {may.claim ? (
        <Button look="primary" busy={doing === "claim"} onClick={() => go({ to: "claim" })}>
          {t(conversation.status === "bot" ? "inbox.takeOver" : "inbox.claim")}
        </Button>
      ) : (
        may.resolve && (
          <Button icon="check" busy={doing === "resolve"} onClick={() => go({ to: "resolve" })}>
            {t("inbox.resolve")}
          </Button>
        )
      )}
      {may.resolve && (
        <Menu trigger={<IconButton icon="more" label={t("inbox.moves")} />}>
          {may.claim && <MenuItem onSelect={() => go({ to: "resolve" })}>{t("inbox.resolve")}</MenuItem>}
          <MenuItem onSelect={() => setAsking("assign")}>{t("inbox.assign")}</MenuItem>
          {may.handoff && <MenuItem onSelect={() => setAsking("handoff")}>{t("inbox.handoff")}</MenuItem>}
          {may.release && <MenuItem onSelect={() => go({ to: "release" })}>{t("inbox.release")}</MenuItem>}
        </Menu>
      )}
      {asking === "handoff" && (
        <HandoffDialog
          busy={doing === "handoff"}
          onClose={() => setAsking(null)}
          onPriority={(priority) => go({ to: "handoff", priority })}
        />
      )}
      {asking === "assign" && (
        <AssignDialog
          busy={doing === "assign"}
          assignee={conversation.assignee}
          onClose={() => setAsking(null)}
          onMember={(id) => go({ to: "assign", member: id })}
        />
      )}
    </div>
  );
}
