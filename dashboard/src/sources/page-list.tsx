import { Link, useSearchParams } from "react-router";

import { SOURCE_PAGE_STATUSES, type Source, type SourcePage, type SourcePageStatus } from "../api/knowledge";
import { documentPath } from "../documents/shown";
import { useText } from "../text/language";
import { OutsideLink } from "../ui/outside-link";
import { Card } from "../ui/page";
import { Segments } from "../ui/segments";
import { Empty, ListState, More } from "../ui/state";
import { isCrawling, useSourcePages } from "./queries";
import { PageBadge } from "./status";

function PageRow({ page }: { page: SourcePage }) {
  const { t, tOr, language, format } = useText();
  const { reason } = page;
  const facts = [
    ...(page.http_status === null ? [] : [`HTTP ${page.http_status}`]),
    ...(page.bytes > 0 ? [format.bytes(page.bytes)] : []),
    ...(page.fetched_at === null ? [] : [format.ago(page.fetched_at)]),
  ];
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        {page.title !== null &&
          (page.document_id === null ? (
            <p className="truncate font-medium">
              <bdi>{page.title}</bdi>
            </p>
          ) : (
            <Link
              to={documentPath(page.document_id)}
              title={t("sources.openDocument")}
              className="block truncate font-medium hover:underline"
            >
              <bdi>{page.title}</bdi>
            </Link>
          ))}
        <OutsideLink url={page.url} className="text-sm" />
        {reason !== null && (
          <p dir="auto" className={`text-sm wrap-anywhere ${page.status === "failed" ? "text-bad" : ""}`}>
            {language === "en" ? reason.message : tOr(`crawl.${reason.code}`, reason.message)}
          </p>
        )}
        <p className="text-muted text-sm">
          {facts.map((fact, place) => (
            <span key={fact}>
              {place > 0 && " · "}
              <bdi>{fact}</bdi>
            </span>
          ))}
        </p>
      </div>
      <PageBadge page={page} />
    </li>
  );
}

const isStatus = (name: string | null): name is SourcePageStatus =>
  SOURCE_PAGE_STATUSES.some((status) => status === name);

/** What became of each page. The filter lives in the address. */
export function PageList({ source }: { source: Source }) {
  const { t, format } = useText();
  const [search, setSearch] = useSearchParams();
  const asked = search.get("status");
  const status = isStatus(asked) ? asked : "";
  const pages = useSourcePages(source.id, status, isCrawling(source));
  const statuses = SOURCE_PAGE_STATUSES.filter((name) => source.pages[name] > 0 || name === status);
  return (
    <>
      <Segments<SourcePageStatus | "">
        label={t("sources.pages")}
        value={status}
        options={[
          { value: "", label: t("sources.allPages"), count: format.number(source.pages.total) },
          ...statuses.map((value) => ({
            value,
            label: t(`sources.page.${value}`),
            count: format.number(source.pages[value]),
          })),
        ]}
        onChange={(status) => setSearch(status === "" ? {} : { status }, { replace: true })}
      />
      <ListState list={pages} empty={<Empty icon="web" title={t("sources.noPages")} />}>
        <Card>
          <ul aria-label={t("sources.pages")} className="divide-line divide-y">
            {pages.rows.map((page) => (
              <PageRow key={page.id} page={page} />
            ))}
          </ul>
        </Card>
        <More list={pages} />
      </ListState>
    </>
  );
}
