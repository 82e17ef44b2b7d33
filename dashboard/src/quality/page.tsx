import { useNavigate, useSearchParams } from "react-router";

import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { SectionHead } from "../ui/section";
import { Segments } from "../ui/segments";
import { toast } from "../ui/toast";
import { evaluationPath, EvaluationList } from "./evaluation-list";
import { useEvaluate } from "./queries";
import { QuestionList } from "./question-list";

function EvaluateButton() {
  const text = useText();
  const navigate = useNavigate();
  const evaluate = useEvaluate();
  return (
    <Button
      look="primary"
      icon="play"
      busy={evaluate.isPending}
      onClick={() =>
        evaluate.mutate(undefined, {
          onSuccess: ({ evaluation }) => void navigate(evaluationPath(evaluation.id)),
          onError: (error) => toast(describeError(error, text), true),
        })
      }
    >
      {text.t("quality.run")}
    </Button>
  );
}

/** Whether changes make answers better or worse. What is shown lives in the address. */
export function Quality() {
  const { t } = useText();
  const { isAdmin } = useMe();
  const [search, setSearch] = useSearchParams();
  const shown = search.get("show") === "questions" ? "questions" : "runs";
  return (
    <>
      <SectionHead lead={t("quality.lead")}>{isAdmin && <EvaluateButton />}</SectionHead>
      <Segments
        label={t("quality.parts")}
        value={shown}
        options={[
          { value: "runs", label: t("quality.runs") },
          { value: "questions", label: t("golden.title") },
        ]}
        onChange={(show) => setSearch(show === "runs" ? {} : { show }, { replace: true })}
      />
      {shown === "questions" ? <QuestionList /> : <EvaluationList />}
    </>
  );
}
