import { useState } from "react";
import { Link, useNavigate } from "react-router";

import type { Source } from "../api/knowledge";
import { useMe } from "../shell/me";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { Card } from "../ui/page";
import { SectionHead } from "../ui/section";
import { Empty, ListState, More } from "../ui/state";
import { AddSourceDialog } from "./dialog";
import { useSources } from "./queries";
import { Course, SourceBadge } from "./status";

const sourcePath = (id: string) => `/documents/web/${id}`;

function SourceRow({ source }: { source: Source }) {
  const { t, format } = useText();
  const { total, failed } = source.pages;
  const facts = [
    t("documents.pages", { count: total }),
    ...(failed > 0 ? [t("sources.failedPages", { count: failed })] : []),
    source.finished_at === null
      ? t("sources.neverCrawled")
      : t("sources.lastCrawl", { when: format.ago(source.finished_at) }),
    ...(source.next_run_at === null ? [] : [t("sources.nextCrawl", { when: format.ago(source.next_run_at) })]),
  ];
  return (
    <li className="hover:bg-raised/60 relative flex items-start gap-3 px-4 py-3.5">
      <span className="bg-raised text-muted mt-0.5 hidden size-10 shrink-0 place-items-center rounded-xl sm:grid">
        <Icon name="web" />
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <Link
            to={sourcePath(source.id)}
            className="min-w-0 truncate font-medium after:absolute after:inset-0 hover:underline"
          >
            <bdi dir="ltr">{source.url.replace(/^https?:\/\//, "")}</bdi>
          </Link>
          <SourceBadge source={source} />
        </div>
        <p className="text-muted text-sm">{facts.join(" · ")}</p>
        <Course source={source} />
      </div>
      <Icon name="chevron" className="text-muted mt-2 size-4 -rotate-90 rtl:rotate-90" />
    </li>
  );
}

/** The web sites that answers come from. */
export function Sources() {
  const { t } = useText();
  const { isAdmin } = useMe();
  const navigate = useNavigate();
  const sources = useSources();
  const [adding, setAdding] = useState(false);
  return (
    <>
      <SectionHead lead={t("sources.lead")}>
        {isAdmin && (
          <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
            {t("sources.add")}
          </Button>
        )}
      </SectionHead>
      <ListState
        list={sources}
        empty={
          <Empty
            icon="web"
            title={t("sources.empty")}
            hint={t(isAdmin ? "sources.emptyHint" : "sources.emptyReader")}
          />
        }
      >
        <Card>
          <ul aria-label={t("sources.list")} className="divide-line divide-y">
            {sources.rows.map((source) => (
              <SourceRow key={source.id} source={source} />
            ))}
          </ul>
        </Card>
        <More list={sources} />
      </ListState>
      {adding && (
        <AddSourceDialog onClose={() => setAdding(false)} onAdded={({ id }) => void navigate(sourcePath(id))} />
      )}
    </>
  );
}
