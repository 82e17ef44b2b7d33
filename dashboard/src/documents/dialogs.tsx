import { fieldError } from "../api/problem";
import type { Document } from "../api/types";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Confirm } from "../ui/dialog";
import { fieldText, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { toast } from "../ui/toast";
import { useDelete, useRename } from "./queries";

interface DialogProps {
  document: Document;
  onClose: () => void;
}

export function RenameDialog({ document, onClose }: DialogProps) {
  const { t } = useText();
  const rename = useRename();
  return (
    <FormDialog
      title={t("documents.renameTitle")}
      action={t("common.save")}
      mutation={rename}
      onClose={onClose}
      onSubmit={(form) => rename.mutate({ document, title: fieldText(form, "title") }, { onSuccess: onClose })}
    >
      <TextField
        label={t("documents.name")}
        hint={t("documents.nameHint")}
        name="title"
        defaultValue={document.title}
        maxLength={300}
        error={fieldError(rename.error, "title")}
        required
      />
    </FormDialog>
  );
}

export function DeleteDialog({ document, onClose }: DialogProps) {
  const text = useText();
  const { t } = text;
  const remove = useDelete();
  const name = document.title;
  return (
    <Confirm
      title={t("documents.deleteTitle", { name })}
      hint={t("documents.deleteHint")}
      action={t("common.delete")}
      danger
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(document, {
          // The job that is still at it comes back where erasing takes long.
          onSuccess: (job) => {
            toast(t(job === undefined ? "documents.deleted" : "documents.deleting", { name }));
            onClose();
          },
          onError: (error) => toast(describeError(error, text), true),
        })
      }
    />
  );
}
