import { useState } from "react";

import type { Document } from "../api/types";
import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { toast } from "../ui/toast";
import { isUnfinished, useRestore } from "./queries";

/** Shown at once; a page that is fetched every hour has very many. */
const SHOWN = 20;

interface VersionsProps {
  document: Document;
  onRead: (version: number) => void;
}

/** Every version, newest first. The older ones can be brought back: their content becomes the newest. */
export function Versions({ document, onRead }: VersionsProps) {
  const text = useText();
  const { t } = text;
  const { isAdmin } = useMe();
  const restore = useRestore();
  const [shown, setShown] = useState(SHOWN);
  const versions = Array.from({ length: Math.min(document.version, shown) }, (_, at) => document.version - at);
  const bringBack = (version: number) =>
    restore.mutate(
      { document, version },
      {
        onSuccess: () => toast(t("versions.restoring", { version })),
        onError: (error) => toast(describeError(error, text), true),
      },
    );
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">{t("versions.lead")}</p>
      <ul aria-label={t("documents.part.versions")} className="border-line divide-line divide-y rounded-xl border">
        {versions.map((version) => (
          <li key={version} className="flex flex-wrap items-center gap-2 px-4 py-2.5">
            <span className="font-medium">{t("documents.version", { version })}</span>
            {version === document.live_version && <Badge tone="good">{t("versions.live")}</Badge>}
            {version === document.version && version !== document.live_version && (
              <Badge tone={document.status === "failed" ? "bad" : "active"}>
                {t(`documents.status.${document.status}`)}
              </Badge>
            )}
            <span className="ms-auto flex flex-wrap gap-2">
              <Button
                look="quiet"
                aria-label={`${t("documents.part.reading")}: ${t("documents.version", { version })}`}
                onClick={() => onRead(version)}
              >
                {t("documents.part.reading")}
              </Button>
              {isAdmin && version < document.version && (
                <Button
                  aria-label={t("versions.restoreThis", { version })}
                  disabled={isUnfinished(document)}
                  busy={restore.isPending && restore.variables.version === version}
                  onClick={() => bringBack(version)}
                >
                  {t("versions.restore")}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {document.version > shown && (
        <Button className="self-center" onClick={() => setShown(shown + SHOWN)}>
          {t("common.more")}
        </Button>
      )}
    </div>
  );
}
