import type { ReportPage, ReportSource } from "../api/knowledge";
import { useText } from "../text/language";
import { Badge, type Tone } from "../ui/badge";
import { Card } from "../ui/page";
import { countsOf } from "./counts";

const TONE: Record<ReportSource, Tone> = {
  text: "good",
  recognised: "active",
  picture: "bad",
  unmapped: "bad",
  blank: "neutral",
};

/** Recognition surer than this rarely misreads a word; a page below it is worth a look. */
const SURE = 80;

function PageRow({ page }: { page: ReportPage }) {
  const text = useText();
  const { t, format } = text;
  const { number, source, certainty, counts } = page;
  return (
    <tr>
      <th scope="row" className="px-4 py-3 text-start align-top font-medium tabular-nums">
        {format.number(number)}
      </th>
      <td className="px-4 py-3 align-top">
        <Badge tone={certainty !== null && certainty < SURE ? "warn" : TONE[source]}>
          {t(`reading.source.${source}`)}
        </Badge>
        {certainty !== null && (
          <p className="text-muted mt-0.5 text-sm tabular-nums">
            {t("reading.certainty", { percent: format.percent(certainty / 100) })}
          </p>
        )}
      </td>
      <td className="text-muted px-4 py-3 align-top text-sm tabular-nums">
        {counts.characters > 0 ? (
          <>
            {countsOf(counts, text)}
            <span className="block">{t(`reading.direction.${counts.direction}`)}</span>
          </>
        ) : (
          t("common.none")
        )}
      </td>
    </tr>
  );
}

export function PageTable({ pages }: { pages: readonly ReportPage[] }) {
  const { t } = useText();
  const head = "px-4 py-2.5 text-start text-sm font-medium text-muted";
  return (
    <Card className="overflow-x-auto">
      <table className="w-full">
        <caption className="sr-only">{t("reading.pages")}</caption>
        <thead>
          <tr className="border-line border-b">
            <th scope="col" className={head}>
              {t("reading.page")}
            </th>
            <th scope="col" className={head}>
              {t("reading.from")}
            </th>
            <th scope="col" className={head}>
              {t("reading.contents")}
            </th>
          </tr>
        </thead>
        <tbody className="divide-line divide-y">
          {pages.map((page) => (
            <PageRow key={page.number} page={page} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}
