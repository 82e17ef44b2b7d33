import { useMutation, useQueryClient } from "@tanstack/react-query";

import { create } from "../api/client";
import { fieldError } from "../api/problem";
import type { CreatedApiKey } from "../api/types";
import { useMe } from "../shell/me";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Copyable } from "../ui/copyable";
import { Dialog } from "../ui/dialog";
import { fieldText, Select, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { rolesUpTo } from "./roles";

export const API_KEYS = ["api-keys"] as const;

/** The one time that the key is shown. */
function ShowKey({ created, onClose }: { created: CreatedApiKey; onClose: () => void }) {
  const { t } = useText();
  return (
    <Dialog title={t("keys.createdTitle")} onClose={onClose}>
      <p className="text-muted mb-4">{t("keys.createdHint")}</p>
      <Copyable label={t("keys.secret")} text={created.key} />
      <div className="mt-5 flex justify-end">
        <Button onClick={onClose}>{t("keys.done")}</Button>
      </div>
    </Dialog>
  );
}

export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const { role } = useMe();
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: (form: FormData) =>
      create<CreatedApiKey>("/api/v1/api-keys", { name: fieldText(form, "name"), role: fieldText(form, "role") }),
    onSuccess: () => client.invalidateQueries({ queryKey: API_KEYS }),
    // The key must not outlive the dialog that shows it.
    gcTime: 0,
  });
  if (make.data) return <ShowKey created={make.data} onClose={onClose} />;
  return (
    <FormDialog
      title={t("keys.newTitle")}
      action={t("keys.new")}
      mutation={make}
      onSubmit={make.mutate}
      onClose={onClose}
    >
      <TextField
        label={t("keys.name")}
        hint={t("keys.nameHint")}
        name="name"
        maxLength={100}
        error={fieldError(make.error, "name")}
        required
      />
      <Select
        label={t("keys.role")}
        name="role"
        defaultValue="viewer"
        options={rolesUpTo(role).map((value) => ({ value, label: t(`role.${value}`) }))}
        error={fieldError(make.error, "role")}
      />
    </FormDialog>
  );
}
