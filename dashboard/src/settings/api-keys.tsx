import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { call } from "../api/client";
import { useList } from "../api/paging";
import type { ApiKey } from "../api/types";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Confirm } from "../ui/dialog";
import { Card } from "../ui/page";
import { Empty, ListState, More } from "../ui/state";
import { toast } from "../ui/toast";
import { API_KEYS, NewKeyDialog } from "./api-key-dialogs";
import { SectionHead } from "../ui/section";

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const text = useText();
  const { t } = text;
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => call(`/api/v1/api-keys/${apiKey.id}`, { method: "DELETE" }),
    onSuccess: onClose,
    onError: (error) => toast(describeError(error, text), true),
    onSettled: () => client.invalidateQueries({ queryKey: API_KEYS }),
  });
  return (
    <Confirm
      title={t("keys.revokeTitle", { name: apiKey.name })}
      hint={t("keys.revokeHint")}
      action={t("keys.revoke")}
      danger
      busy={revoke.isPending}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    />
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { t, format } = useText();
  const used =
    apiKey.last_used_at === null ? t("keys.neverUsed") : t("keys.lastUsed", { when: format.ago(apiKey.last_used_at) });
  return (
    <li className="flex items-center gap-3 px-4 py-3">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2">
          <bdi className="truncate font-medium">{apiKey.name}</bdi>
          <Badge tone="neutral">{t(`role.${apiKey.role}`)}</Badge>
        </p>
        <p className="text-muted text-sm">
          <bdi dir="ltr" className="font-mono">
            wk_…{apiKey.hint}
          </bdi>{" "}
          · {used}
        </p>
      </div>
      <Button look="danger" onClick={onRevoke}>
        {t("keys.revoke")}
      </Button>
    </li>
  );
}

export function ApiKeys() {
  const { t } = useText();
  const keys = useList<ApiKey>(API_KEYS, "/api/v1/api-keys");
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  return (
    <>
      <SectionHead lead={t("keys.lead")}>
        <Button look="primary" icon="plus" onClick={() => setCreating(true)}>
          {t("keys.new")}
        </Button>
      </SectionHead>
      <ListState list={keys} empty={<Empty icon="settings" title={t("keys.empty")} hint={t("keys.emptyHint")} />}>
        <Card>
          <ul className="divide-line divide-y">
            {keys.rows.map((key) => (
              <KeyRow key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />
            ))}
          </ul>
        </Card>
        <More list={keys} />
      </ListState>
      {creating && <NewKeyDialog onClose={() => setCreating(false)} />}
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}
