import { useState } from "react";

import type { Document } from "../api/types";
import { useText } from "../text/language";
import { Dialog } from "../ui/dialog";
import { OutsideLink } from "../ui/outside-link";
import { Segments } from "../ui/segments";
import { Failed, Skeleton } from "../ui/state";
import { Chunks } from "./chunks";
import { useDocument } from "./queries";
import { Reading } from "./reading";
import { Versions } from "./versions";

const PARTS = ["chunks", "reading", "versions"] as const;
type Part = (typeof PARTS)[number];

function Details({ document }: { document: Document }) {
  const { t } = useText();
  const [part, setPart] = useState<Part>("chunks");
  const [version, setVersion] = useState<number | null>(null);
  const show = (part: Part, version: number | null) => {
    setPart(part);
    setVersion(version);
  };
  return (
    <div className="flex flex-col gap-4">
      <div>
        <p className="text-muted wrap-anywhere">
          <bdi>{document.filename}</bdi> · {t("documents.version", { version: document.version })}
        </p>
        {document.source_url && <OutsideLink url={document.source_url} />}
      </div>
      <Segments
        label={t("documents.parts")}
        value={part}
        options={PARTS.map((value) => ({ value, label: t(`documents.part.${value}`) }))}
        onChange={(part) => show(part, null)}
      />
      {part === "chunks" && <Chunks document={document} />}
      {part === "reading" && <Reading document={document} version={version ?? document.version} />}
      {part === "versions" && <Versions document={document} onRead={(version) => show("reading", version)} />}
    </div>
  );
}

interface DocumentDrawerProps {
  id: string;
  /** The document, when the list has it. */
  listed: Document | undefined;
  onClose: () => void;
}

/** Everything about a document: what was read of it, the passages, and its versions. */
export function DocumentDrawer({ id, listed, onClose }: DocumentDrawerProps) {
  const { t } = useText();
  const found = useDocument(id, listed === undefined);
  const document = listed ?? found.data;
  return (
    <Dialog drawer title={document?.title ?? t("documents.title")} onClose={onClose}>
      {document ? (
        <Details document={document} />
      ) : found.isError ? (
        <Failed error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <Skeleton />
      )}
    </Dialog>
  );
}
