import type { Source, SourcePage } from "../api/knowledge";
import { useText } from "../text/language";
import { Badge, ProgressBar, type Tone } from "../ui/badge";
import { isCrawling } from "./queries";

const TONE: Record<Source["status"], Tone> = { queued: "neutral", crawling: "active", ready: "good", failed: "bad" };

const PAGE_TONE: Record<SourcePage["status"], Tone> = {
  queued: "neutral",
  added: "good",
  changed: "good",
  unchanged: "good",
  skipped: "warn",
  failed: "bad",
  gone: "neutral",
};

export function SourceBadge({ source }: { source: Source }) {
  const { t, format } = useText();
  return (
    <Badge tone={TONE[source.status]}>
      {t(`sources.status.${source.status}`)}
      {source.status === "crawling" && <span className="tabular-nums">{format.percent(source.progress / 100)}</span>}
    </Badge>
  );
}

export function PageBadge({ page }: { page: SourcePage }) {
  const { t } = useText();
  return <Badge tone={PAGE_TONE[page.status]}>{t(`sources.page.${page.status}`)}</Badge>;
}

/** How far its crawl is, or why that failed. */
export function Course({ source }: { source: Source }) {
  const { t, tOr, language } = useText();
  if (isCrawling(source)) {
    return <ProgressBar value={source.progress / 100} label={t("documents.progress", { name: source.url })} />;
  }
  if (source.error === null) return null;
  const { code, message } = source.error;
  return (
    <p dir="auto" className="text-bad text-sm wrap-anywhere">
      {language === "en" ? message : tOr(`crawl.${code}`, message)}
    </p>
  );
}
