import { useSearchParams } from "react-router";

import { VERDICTS, type Evaluation, type Verdict } from "../api/knowledge";
import { useTitles } from "../documents/titles";
import { useText } from "../text/language";
import { Card } from "../ui/page";
import { Segments } from "../ui/segments";
import { Empty, ListState, More } from "../ui/state";
import { isRunning, useResults } from "./queries";
import { ResultRow } from "./result-row";

const isVerdict = (name: string | null): name is Verdict => VERDICTS.some((verdict) => verdict === name);

/** What each question came to. The filter lives in the address. */
export function Results({ evaluation }: { evaluation: Evaluation }) {
  const { t, format } = useText();
  const [search, setSearch] = useSearchParams();
  const asked = search.get("verdict");
  const verdict = isVerdict(asked) ? asked : "";
  const results = useResults(evaluation, verdict);
  const titles = useTitles();
  const counts = evaluation.summary?.verdicts;
  return (
    <section className="flex flex-col gap-3">
      <h3 className="text-lg font-semibold">{t("results.title")}</h3>
      <Segments<Verdict | "">
        label={t("results.filter")}
        value={verdict}
        options={[
          { value: "", label: t("results.all"), count: format.number(evaluation.tried) },
          ...VERDICTS.map((value) => ({
            value,
            label: t(`verdict.${value}`),
            count: counts && format.number(counts[value]),
          })),
        ]}
        onChange={(verdict) => setSearch(verdict === "" ? {} : { verdict }, { replace: true })}
      />
      {verdict !== "" && <p className="text-muted max-w-prose">{t(`verdict.${verdict}Hint`)}</p>}
      <ListState
        list={results}
        empty={<Empty icon="checks" title={t(isRunning(evaluation) ? "results.noneYet" : "results.none")} />}
      >
        <Card>
          <ul aria-label={t("results.title")} className="divide-line divide-y">
            {results.rows.map((result) => (
              <ResultRow key={result.id} result={result} titles={titles} />
            ))}
          </ul>
        </Card>
        <More list={results} />
      </ListState>
    </section>
  );
}
