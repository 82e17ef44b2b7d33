import type { Document } from "../api/types";
import { useText } from "../text/language";
import { Badge, ProgressBar, type Tone } from "../ui/badge";
import { Icon } from "../ui/icon";
import { OutsideLink } from "../ui/outside-link";
import { DocumentActions, type Dialogs } from "./actions";
import { useLiveDocument } from "./live";
import { isUnfinished } from "./queries";

const TONE: Record<Document["status"], Tone> = {
  queued: "neutral",
  processing: "active",
  ready: "good",
  failed: "bad",
};

function Facts({ document }: { document: Document }) {
  const { t, format } = useText();
  const facts = [
    t("documents.version", { version: document.version }),
    ...(document.pages > 0 ? [t("documents.pages", { count: document.pages })] : []),
    ...(document.chunks > 0 ? [t("documents.chunks", { count: document.chunks })] : []),
    format.bytes(document.bytes),
    format.ago(document.updated_at),
  ];
  return <p className="text-muted text-sm">{facts.join(" · ")}</p>;
}

function Status({ document }: { document: Document }) {
  const { t, tOr, language } = useText();
  const older =
    document.live_version !== null && document.live_version !== document.version
      ? t("documents.olderAnswers", { version: document.live_version })
      : null;
  if (document.status === "failed" && document.error) {
    const { code, message } = document.error;
    return (
      <p className="text-bad text-sm">
        {language === "en" ? message : tOr(`failure.${code}`, message)}
        {older && <span className="text-muted"> ({older})</span>}
      </p>
    );
  }
  if (!isUnfinished(document)) return null;
  return (
    <div className="mt-1.5">
      <ProgressBar value={document.progress / 100} label={t("documents.progress", { name: document.title })} />
      {older && <p className="text-muted text-sm">{older}</p>}
    </div>
  );
}

interface DocumentRowProps extends Dialogs {
  document: Document;
  live: boolean;
}

export function DocumentRow({ document, live, ...dialogs }: DocumentRowProps) {
  const { t, format } = useText();
  useLiveDocument(document, live);
  return (
    <li className="flex items-start gap-3 py-3.5 ps-4 pe-2">
      <span className="bg-raised text-muted mt-0.5 hidden size-10 shrink-0 place-items-center rounded-xl sm:grid">
        <Icon name={document.source_url ? "web" : "document"} />
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <button
            type="button"
            dir="auto"
            onClick={() => dialogs.onOpen(document)}
            className="min-w-0 truncate font-medium hover:underline"
          >
            {document.title}
          </button>
          <Badge tone={TONE[document.status]}>
            {t(`documents.status.${document.status}`)}
            {document.status === "processing" && (
              <span className="tabular-nums">{format.percent(document.progress / 100)}</span>
            )}
          </Badge>
        </div>
        <Facts document={document} />
        {document.source_url && <OutsideLink url={document.source_url} className="text-sm" />}
        <Status document={document} />
      </div>
      <DocumentActions document={document} {...dialogs} />
    </li>
  );
}
