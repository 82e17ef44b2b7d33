import { describeError } from "../text/error";
import { useText } from "../text/language";
import { ProgressBar } from "../ui/badge";
import { Button, IconButton } from "../ui/button";
import { Card } from "../ui/page";
import { dropUpload, retryUpload, useUploads, type Upload } from "./uploads";

function UploadRow({ upload }: { upload: Upload }) {
  const text = useText();
  const { t, format } = text;
  const { file, state, sent } = upload;
  return (
    <li className="flex items-center gap-3 py-2 ps-4 pe-2">
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline justify-between gap-3">
          <span dir="auto" className="truncate font-medium">
            {file.name}
          </span>
          <span className="text-muted shrink-0 text-sm tabular-nums">
            {state === "sending" ? format.percent(sent) : format.bytes(file.size)}
          </span>
        </div>
        {state === "sending" && <ProgressBar value={sent} label={t("documents.sending", { name: file.name })} />}
        {state === "waiting" && <p className="text-muted text-sm">{t("documents.waiting")}</p>}
        {state === "failed" && (
          <p role="alert" className="text-bad text-sm">
            {describeError(upload.error, text)}
          </p>
        )}
      </div>
      {state === "failed" && (
        <Button look="quiet" icon="retry" onClick={() => retryUpload(upload.id)}>
          {t("common.retry")}
        </Button>
      )}
      <IconButton
        icon="close"
        label={state === "failed" ? t("documents.dismiss") : t("documents.stopUpload", { name: file.name })}
        onClick={() => dropUpload(upload)}
      />
    </li>
  );
}

export function UploadList() {
  const { t } = useText();
  const uploads = useUploads();
  if (uploads.length === 0) return null;
  return (
    <Card>
      <ul aria-label={t("documents.uploads")} className="divide-line divide-y">
        {uploads.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
      </ul>
    </Card>
  );
}
