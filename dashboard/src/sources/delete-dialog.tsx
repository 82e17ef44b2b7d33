import type { Source } from "../api/knowledge";
import { useText } from "../text/language";
import { Checkbox } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { toast } from "../ui/toast";
import { useDeleteSource } from "./queries";

interface DeleteSourceProps {
  source: Source;
  onDeleted: () => void;
  onClose: () => void;
}

export function DeleteSourceDialog({ source, onDeleted, onClose }: DeleteSourceProps) {
  const { t } = useText();
  const remove = useDeleteSource();
  return (
    <FormDialog
      title={t("sources.deleteTitle")}
      action={t("common.delete")}
      mutation={remove}
      isDanger
      onClose={onClose}
      onSubmit={(form) =>
        remove.mutate(
          { id: source.id, keepDocuments: form.has("keep_documents") },
          {
            // The job that is still at it comes back where removing the documents takes long.
            onSuccess: (job) => {
              toast(t(job === undefined ? "sources.deleted" : "sources.deleting"));
              onDeleted();
            },
          },
        )
      }
    >
      <p dir="ltr" className="text-muted wrap-anywhere rtl:text-end">
        {source.url}
      </p>
      <p>{t("sources.deleteHint")}</p>
      <Checkbox label={t("sources.keepDocuments")} hint={t("sources.keepDocumentsHint")} name="keep_documents" />
    </FormDialog>
  );
}
