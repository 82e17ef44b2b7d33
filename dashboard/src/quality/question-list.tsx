import { useState } from "react";

import type { GoldenQuestion } from "../api/knowledge";
import { useTitles } from "../documents/titles";
import { useMe } from "../shell/me";
import { useText } from "../text/language";
import { Badge } from "../ui/badge";
import { Button, IconButton } from "../ui/button";
import { Menu, MenuItem } from "../ui/menu";
import { Card } from "../ui/page";
import { SectionHead } from "../ui/section";
import { Empty, ListState, More } from "../ui/state";
import { Expected } from "./expected";
import { useImportQuestions, useQuestions } from "./queries";
import { DeleteQuestion, QuestionDialog } from "./question-dialogs";
import { ExportButton, ImportButton, ImportProblem } from "./sheet";

interface QuestionRowProps {
  question: GoldenQuestion;
  titles: ReadonlyMap<string, string>;
  onEdit: () => void;
  onDelete: () => void;
}

function QuestionRow({ question, titles, onEdit, onDelete }: QuestionRowProps) {
  const { t } = useText();
  const { isAdmin } = useMe();
  return (
    <li className="flex items-start gap-3 py-3 ps-4 pe-2">
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <p className="font-medium wrap-break-word">
          <bdi>{question.question}</bdi>
        </p>
        {question.unanswerable ? (
          <span>
            <Badge tone="neutral">{t("golden.unanswerable")}</Badge>
          </span>
        ) : (
          <Expected expectation={question} titles={titles} />
        )}
        {question.notes !== null && (
          <p dir="auto" className="text-muted text-sm wrap-break-word whitespace-pre-line">
            {question.notes}
          </p>
        )}
      </div>
      {isAdmin && (
        <Menu trigger={<IconButton icon="more" label={t("common.actions", { name: question.question })} />}>
          <MenuItem onSelect={onEdit}>{t("common.edit")}</MenuItem>
          <MenuItem danger onSelect={onDelete}>
            {t("common.delete")}
          </MenuItem>
        </Menu>
      )}
    </li>
  );
}

/** The questions whose good answer is known. */
export function QuestionList() {
  const { t } = useText();
  const { isAdmin } = useMe();
  const questions = useQuestions();
  const titles = useTitles();
  const sheet = useImportQuestions();
  const [editing, setEditing] = useState<GoldenQuestion | "new" | null>(null);
  const [deleting, setDeleting] = useState<GoldenQuestion | null>(null);
  return (
    <>
      <SectionHead lead={t("golden.lead")}>
        <div className="flex flex-wrap gap-2">
          {questions.rows.length > 0 && <ExportButton />}
          {isAdmin && <ImportButton using={sheet} />}
          {isAdmin && (
            <Button look="primary" icon="plus" onClick={() => setEditing("new")}>
              {t("golden.new")}
            </Button>
          )}
        </div>
      </SectionHead>
      {sheet.isError && <ImportProblem error={sheet.error} />}
      <ListState
        list={questions}
        empty={<Empty icon="unsure" title={t("golden.empty")} hint={t("golden.emptyHint")} />}
      >
        <Card>
          <ul aria-label={t("golden.title")} className="divide-line divide-y">
            {questions.rows.map((question) => (
              <QuestionRow
                key={question.id}
                question={question}
                titles={titles}
                onEdit={() => setEditing(question)}
                onDelete={() => setDeleting(question)}
              />
            ))}
          </ul>
        </Card>
        <More list={questions} />
      </ListState>
      {editing !== null && (
        <QuestionDialog question={editing === "new" ? null : editing} onClose={() => setEditing(null)} />
      )}
      {deleting && <DeleteQuestion question={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}
