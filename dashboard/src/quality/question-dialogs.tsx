import { useState } from "react";

import type { GoldenQuestion } from "../api/knowledge";
import { fieldError } from "../api/problem";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Confirm } from "../ui/dialog";
import { Checkbox, TextArea, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { toast } from "../ui/toast";
import { DocumentChoice } from "./document-choice";
import { useDeleteQuestion, useSaveQuestion } from "./queries";
import { readQuestion } from "./question-form";

interface QuestionDialogProps {
  /** Null: a new one. */
  question: GoldenQuestion | null;
  onClose: () => void;
}

export function QuestionDialog({ question, onClose }: QuestionDialogProps) {
  const { t } = useText();
  const save = useSaveQuestion(question?.id ?? null);
  const [unanswerable, setUnanswerable] = useState(question?.unanswerable ?? false);
  const errorOf = (field: string) => fieldError(save.error, field);
  return (
    <FormDialog
      title={t(question === null ? "golden.newTitle" : "golden.editTitle")}
      action={t("common.save")}
      mutation={save}
      onSubmit={(form) => save.mutate(readQuestion(form), { onSuccess: onClose })}
      onClose={onClose}
    >
      <TextArea
        label={t("golden.question")}
        hint={t("golden.questionHint")}
        name="question"
        rows={2}
        defaultValue={question?.question}
        maxLength={2000}
        error={errorOf("question")}
        required
      />
      <Checkbox
        label={t("golden.unanswerable")}
        hint={t("golden.unanswerableHint")}
        name="unanswerable"
        checked={unanswerable}
        onChange={(event) => setUnanswerable(event.target.checked)}
      />
      {/* Hidden, not gone: who checks the box by mistake finds everything again. */}
      <div hidden={unanswerable} className={unanswerable ? "" : "flex flex-col gap-4"}>
        <DocumentChoice chosen={question?.expected_documents ?? []} error={errorOf("expected_documents")} />
        <TextArea
          label={t("golden.phrases")}
          hint={t("golden.phrasesHint")}
          name="expected_phrases"
          defaultValue={question?.expected_phrases.join("\n")}
          error={errorOf("expected_phrases")}
        />
      </div>
      <TextField
        label={t("golden.language")}
        hint={t("golden.languageHint")}
        name="language"
        dir="ltr"
        minLength={2}
        maxLength={2}
        defaultValue={question?.language ?? ""}
        error={errorOf("language")}
      />
      <TextArea
        label={t("golden.notes")}
        name="notes"
        rows={2}
        maxLength={2000}
        defaultValue={question?.notes ?? ""}
        error={errorOf("notes")}
      />
    </FormDialog>
  );
}

export function DeleteQuestion({ question, onClose }: { question: GoldenQuestion; onClose: () => void }) {
  const text = useText();
  const { t } = text;
  const remove = useDeleteQuestion();
  return (
    <Confirm
      title={t("golden.deleteTitle")}
      hint={t("golden.deleteHint", { question: question.question })}
      action={t("common.delete")}
      danger
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(question.id, {
          onSuccess: onClose,
          onError: (error) => toast(describeError(error, text), true),
        })
      }
    />
  );
}
