import { useEffect, useRef, useState } from "react";

import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { ACCEPT } from "./formats";
import { addDocuments } from "./uploads";

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Whether files are being dragged over the window; dropped anywhere on it, they are uploaded. */
function useDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const on = (type: "dragover" | "dragleave" | "drop", handle: (event: DragEvent) => void) =>
      addEventListener(
        type,
        (event) => {
          if (carriesFiles(event)) handle(event);
        },
        { signal: stop.signal },
      );
    on("dragover", (event) => {
      event.preventDefault();
      setOver(true);
    });
    on("dragleave", (event) => {
      if (event.relatedTarget === null) setOver(false);
    });
    on("drop", (event) => {
      event.preventDefault();
      setOver(false);
      addDocuments(event.dataTransfer?.files ?? []);
    });
    return () => stop.abort();
  }, []);
  return over;
}

export function UploadArea() {
  const { t } = useText();
  const input = useRef<HTMLInputElement>(null);
  const over = useDrop();
  return (
    <div
      className={`flex flex-wrap items-center justify-center gap-x-3 gap-y-1 rounded-2xl border-2 border-dashed px-4 py-5 transition-colors ${
        over ? "border-accent bg-accent-soft" : "border-line"
      }`}
    >
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ACCEPT}
        onChange={(event) => {
          addDocuments(event.target.files ?? []);
          event.target.value = "";
        }}
      />
      <Button look="primary" icon="upload" onClick={() => input.current?.click()}>
        {t("documents.upload")}
      </Button>
      <span className="text-muted hidden items-center gap-2 md:flex">
        {over && <Icon name="document" />}
        {t(over ? "documents.dropNow" : "documents.drop")}
      </span>
      <p className="text-muted w-full text-center text-sm">{t("documents.formats")}</p>
    </div>
  );
}
