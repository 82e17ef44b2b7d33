/** Golden questions and the evaluations that try them. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient, type QueryKey } from "@tanstack/react-query";

import { call, create, send } from "../api/client";
import type {
  Evaluation,
  EvaluationComparison,
  EvaluationResult,
  Expectation,
  GoldenQuestion,
  Verdict,
} from "../api/knowledge";
import { cursorAfter, PAGE_SIZE, rowsOf, useList } from "../api/paging";
import type { Page } from "../api/types";

const QUESTIONS = ["golden-questions"] as const;
const EVALUATIONS = ["evaluations"] as const;
const QUESTIONS_PATH = "/api/v1/golden-questions";
const EVALUATIONS_PATH = "/api/v1/evaluations";
const RUNNING_REFETCH_MS = 3_000;

export interface QuestionDraft extends Expectation {
  notes: string | null;
}

export const isRunning = (evaluation: Evaluation) => evaluation.state === "queued" || evaluation.state === "running";

export const useQuestions = () => useList<GoldenQuestion>(QUESTIONS, QUESTIONS_PATH);

export const useEvaluations = () =>
  useList<Evaluation>([...EVALUATIONS, "list"], EVALUATIONS_PATH, {
    refetchAfter: (rows) => (rows.some(isRunning) ? RUNNING_REFETCH_MS : false),
  });

export const useEvaluation = (id: string | null) =>
  useQuery({
    queryKey: [...EVALUATIONS, "one", id],
    queryFn: ({ signal }) => call<Evaluation>(`${EVALUATIONS_PATH}/${id ?? ""}`, { signal }),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data && isRunning(state.data) ? RUNNING_REFETCH_MS : false),
  });

/** A result is its question's: that is what it is known by in the list. */
const identified = ({ data, next_cursor }: Page<EvaluationResult>) => ({
  data: data.map((result) => ({ ...result, id: result.question_id })),
  next_cursor,
});

export function useResults(evaluation: Evaluation, verdict: Verdict | "") {
  const list = useInfiniteQuery({
    queryKey: [...EVALUATIONS, "results", evaluation.id, evaluation.tried, verdict],
    queryFn: async ({ pageParam, signal }) => {
      const query = { verdict, limit: PAGE_SIZE, cursor: pageParam };
      return identified(
        await call<Page<EvaluationResult>>(`${EVALUATIONS_PATH}/${evaluation.id}/results`, { query, signal }),
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: cursorAfter,
    placeholderData: (before, query) => (query?.queryKey[4] === verdict ? before : undefined),
  });
  return { ...list, rows: rowsOf(list.data?.pages ?? []) };
}

/** `other` empty: the one before it. */
export const useComparison = (id: string, other: string) =>
  useQuery({
    queryKey: [...EVALUATIONS, "compare", id, other],
    queryFn: ({ signal }) =>
      call<EvaluationComparison>(`${EVALUATIONS_PATH}/${id}/compare`, { query: { with: other }, signal }),
  });

function useChange<T, R>(key: QueryKey, mutationFn: (variables: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: key }) });
}

/** `id` null: a new one. */
export const useSaveQuestion = (id: string | null) =>
  useChange(QUESTIONS, (draft: QuestionDraft) =>
    id === null
      ? create<GoldenQuestion>(QUESTIONS_PATH, draft)
      : call<GoldenQuestion>(`${QUESTIONS_PATH}/${id}`, { method: "PATCH", body: draft }),
  );

export const useDeleteQuestion = () =>
  useChange(QUESTIONS, (id: string) => call(`${QUESTIONS_PATH}/${id}`, { method: "DELETE" }));

export const useImportQuestions = () =>
  useChange(QUESTIONS, (content: Blob) =>
    call<{ added: number; updated: number }>(`${QUESTIONS_PATH}/import`, {
      method: "POST",
      raw: { type: "text/csv", content },
    }),
  );

export const useExportQuestions = () =>
  useMutation({
    mutationFn: async () =>
      (await send(`${QUESTIONS_PATH}/export`, { headers: { Accept: "text/csv, application/problem+json" } })).blob(),
  });

export const useEvaluate = () =>
  useChange(EVALUATIONS, () => create<{ evaluation: Evaluation }>(EVALUATIONS_PATH, undefined));

/** Calls off the job that tries the questions; what was tried stays. */
export const useStopEvaluation = () =>
  useChange(EVALUATIONS, (job: string) => call(`/api/v1/jobs/${job}/cancel`, { method: "POST" }));
