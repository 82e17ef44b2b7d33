import type { DocumentReport, ReportCounts } from "../api/knowledge";
import type { Document } from "../api/types";
import { useText } from "../text/language";
import { Badge } from "../ui/badge";
import { Empty, Failed, Skeleton } from "../ui/state";
import { countsOf } from "./counts";
import { Notes } from "./notes";
import { PageTable } from "./page-table";
import { useReport } from "./queries";

function Read({ report, total }: { report: DocumentReport; total: ReportCounts }) {
  const text = useText();
  const { t } = text;
  return (
    <>
      <div className="flex flex-col items-start gap-1.5">
        <div className="flex flex-wrap gap-2">
          {total.characters > 0 && <Badge tone="neutral">{t(`reading.direction.${total.direction}`)}</Badge>}
          {report.recognised && <Badge tone="active">{t("reading.someRecognised")}</Badge>}
        </div>
        {report.title && (
          <p>
            {t("reading.callsItself")} <bdi className="font-medium">{report.title}</bdi>
          </p>
        )}
        {total.characters > 0 && <p className="text-muted tabular-nums">{countsOf(total, text)}</p>}
        {report.media_type && (
          <p dir="ltr" className="text-muted text-sm break-all">
            {report.media_type}
          </p>
        )}
      </div>
      <Notes notes={report.notes} />
      {report.pages.length > 0 && <PageTable pages={report.pages} />}
    </>
  );
}

/** What was read of a version of a document, and what was not. */
export function Reading({ document, version }: { document: Document; version: number }) {
  const { t, tOr, language } = useText();
  const { data: report, isError, error, refetch } = useReport(document, version);
  if (isError) return <Failed error={error} onRetry={() => void refetch()} />;
  if (report === undefined) return <Skeleton />;
  return (
    <div className="flex flex-col gap-5">
      {version !== document.version && <p className="font-medium">{t("documents.version", { version })}</p>}
      {report.error && (
        <p dir="auto" className="bg-bad-soft text-bad rounded-lg px-3 py-2">
          {language === "en" ? report.error.message : tOr(`failure.${report.error.code}`, report.error.message)}
        </p>
      )}
      {report.total ? (
        <Read report={report} total={report.total} />
      ) : (
        report.error === null && <Empty icon="document" title={t("reading.nothing")} hint={t("reading.nothingHint")} />
      )}
    </div>
  );
}
