import { useRef } from "react";

import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Problem } from "../ui/state";
import { saveAs } from "../ui/save-as";
import { toast } from "../ui/toast";
import { useExportQuestions, useImportQuestions } from "./queries";

/** What can be wrong with a sheet is told with its lines, which a passing message has no room for. */
export function ImportProblem({ error }: { error: unknown }) {
  const { t } = useText();
  return <Problem error={error} title={t("golden.importFailed")} />;
}

export function ExportButton() {
  const text = useText();
  const { t } = text;
  const sheet = useExportQuestions();
  return (
    <Button
      icon="download"
      busy={sheet.isPending}
      onClick={() =>
        sheet.mutate(undefined, {
          onSuccess: (blob) => saveAs(blob, "golden-questions.csv"),
          onError: (error) => toast(describeError(error, text), true),
        })
      }
    >
      {t("golden.export")}
    </Button>
  );
}

export function ImportButton({ using }: { using: ReturnType<typeof useImportQuestions> }) {
  const { t } = useText();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,.tsv,text/csv"
        aria-label={t("golden.import")}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) using.mutate(file, { onSuccess: (counts) => toast(t("golden.imported", { ...counts })) });
        }}
      />
      <Button icon="upload" busy={using.isPending} onClick={() => input.current?.click()}>
        {t("golden.import")}
      </Button>
    </>
  );
}
