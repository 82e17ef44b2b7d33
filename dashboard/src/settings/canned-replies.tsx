import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { call, create } from "../api/client";
import type { CannedReply } from "../api/conversation";
import { fieldError } from "../api/problem";
import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Confirm } from "../ui/dialog";
import { fieldText, TextArea, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { Card } from "../ui/page";
import { Empty, ListState, More } from "../ui/state";
import { toast } from "../ui/toast";
import { CANNED, useCanned } from "./queries";
import { SectionHead } from "../ui/section";

const PATH = "/api/v1/canned-replies";

/** `reply` null: a new one. */
function ReplyDialog({ reply, onClose }: { reply: CannedReply | null; onClose: () => void }) {
  const { t } = useText();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (form: FormData) => {
      const body = { title: fieldText(form, "title"), text: fieldText(form, "text") };
      return reply === null
        ? create<CannedReply>(PATH, body)
        : call<CannedReply>(`${PATH}/${reply.id}`, { method: "PATCH", body });
    },
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: CANNED }),
  });
  return (
    <FormDialog
      title={t(reply === null ? "canned.newTitle" : "canned.editTitle")}
      action={t("common.save")}
      mutation={save}
      onSubmit={save.mutate}
      onClose={onClose}
    >
      <TextField
        label={t("canned.name")}
        hint={t("canned.nameHint")}
        name="title"
        defaultValue={reply?.title}
        maxLength={80}
        error={fieldError(save.error, "title")}
        required
      />
      <TextArea
        label={t("canned.text")}
        name="text"
        rows={6}
        defaultValue={reply?.text}
        maxLength={4000}
        error={fieldError(save.error, "text")}
        required
      />
    </FormDialog>
  );
}

function DeleteDialog({ reply, onClose }: { reply: CannedReply; onClose: () => void }) {
  const text = useText();
  const { t } = text;
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => call(`${PATH}/${reply.id}`, { method: "DELETE" }),
    onSuccess: onClose,
    onError: (error) => toast(describeError(error, text), true),
    onSettled: () => client.invalidateQueries({ queryKey: CANNED }),
  });
  return (
    <Confirm
      title={t("canned.deleteTitle", { name: reply.title })}
      hint={t("canned.deleteHint")}
      action={t("common.delete")}
      danger
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    />
  );
}

export function CannedReplies() {
  const { t } = useText();
  const { isAgent } = useMe();
  const replies = useCanned();
  const [editing, setEditing] = useState<CannedReply | "new" | null>(null);
  const [deleting, setDeleting] = useState<CannedReply | null>(null);
  return (
    <>
      <SectionHead lead={t("canned.lead")}>
        {isAgent && (
          <Button look="primary" icon="plus" onClick={() => setEditing("new")}>
            {t("canned.new")}
          </Button>
        )}
      </SectionHead>
      <ListState list={replies} empty={<Empty icon="bolt" title={t("canned.empty")} hint={t("canned.emptyHint")} />}>
        <Card>
          <ul className="divide-line divide-y">
            {replies.rows.map((reply) => (
              <li key={reply.id} className="flex flex-wrap items-center gap-3 px-4 py-3">
                <div className="min-w-0 flex-1 basis-52">
                  <bdi className="block truncate font-medium">{reply.title}</bdi>
                  <p dir="auto" className="text-muted line-clamp-2 text-sm wrap-break-word whitespace-pre-line">
                    {reply.text}
                  </p>
                </div>
                {isAgent && (
                  <>
                    <Button onClick={() => setEditing(reply)}>{t("common.edit")}</Button>
                    <Button look="danger" onClick={() => setDeleting(reply)}>
                      {t("common.delete")}
                    </Button>
                  </>
                )}
              </li>
            ))}
          </ul>
        </Card>
        <More list={replies} />
      </ListState>
      {editing !== null && <ReplyDialog reply={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {deleting && <DeleteDialog reply={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}
