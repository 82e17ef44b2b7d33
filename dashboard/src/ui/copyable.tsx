import { useId } from "react";

import { useText } from "../text/language";
import { Button } from "./button";
import { BOX } from "./field";
import { toast } from "./toast";

interface CopyableProps {
  label: string;
  hint?: string;
  text: string;
  /** More than one line. */
  rows?: number;
}

/** Text to be taken elsewhere. */
export function Copyable({ label, hint, text, rows = 1 }: CopyableProps) {
  const { t } = useText();
  const id = useId();
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    toast(t("common.copied"));
  };
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div className="flex items-start gap-2">
        <textarea
          id={id}
          readOnly
          dir="ltr"
          rows={rows}
          value={text}
          spellCheck={false}
          onFocus={(event) => event.target.select()}
          className={`${BOX} field-sizing-content min-h-10 resize-none font-mono text-sm! break-all`}
        />
        {/* The clipboard is there in secure contexts only; elsewhere the field is selected and copied by hand. */}
        {window.isSecureContext && (
          <Button icon="copy" aria-label={`${t("common.copy")}: ${label}`} onClick={() => void copy()}>
            {t("common.copy")}
          </Button>
        )}
      </div>
      {hint && <p className="text-muted text-sm">{hint}</p>}
    </div>
  );
}
