import { useMutation, useQueryClient } from "@tanstack/react-query";

import { call, create } from "../api/client";
import { fieldError } from "../api/problem";
import type { Member } from "../api/types";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Confirm } from "../ui/dialog";
import { fieldSecret, fieldText, Select, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { toast } from "../ui/toast";
import { MEMBERS } from "./queries";
import { ROLES } from "./roles";

export function NewMemberDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: (form: FormData) => {
      const body = {
        email: fieldText(form, "email"),
        password: fieldSecret(form, "password"),
        role: fieldText(form, "role"),
      };
      return create<Member>("/api/v1/members", body);
    },
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: MEMBERS }),
  });
  return (
    <FormDialog
      title={t("members.newTitle")}
      action={t("members.new")}
      mutation={add}
      onSubmit={add.mutate}
      onClose={onClose}
    >
      <TextField
        label={t("members.email")}
        name="email"
        type="email"
        dir="ltr"
        autoComplete="off"
        error={fieldError(add.error, "email")}
        required
      />
      <TextField
        label={t("members.password")}
        hint={t("members.passwordHint")}
        name="password"
        type="password"
        dir="ltr"
        minLength={10}
        autoComplete="new-password"
        error={fieldError(add.error, "password")}
        required
      />
      <Select
        label={t("members.role")}
        name="role"
        defaultValue="viewer"
        options={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
      />
    </FormDialog>
  );
}

export function RemoveMemberDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const text = useText();
  const { t } = text;
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => call(`/api/v1/members/${member.id}`, { method: "DELETE" }),
    onSuccess: onClose,
    onError: (error) => toast(describeError(error, text), true),
    onSettled: () => client.invalidateQueries({ queryKey: MEMBERS }),
  });
  return (
    <Confirm
      title={t("members.removeTitle", { email: member.email })}
      hint={t("members.removeHint")}
      action={t("members.remove")}
      danger
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    />
  );
}
