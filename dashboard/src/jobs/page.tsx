import { useState } from "react";

import { useMe } from "../shell/me";
import { useTenants } from "../tenants/queries";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { LiveMark } from "../ui/badge";
import { Button } from "../ui/button";
import { Confirm } from "../ui/dialog";
import { Page } from "../ui/page";
import { Empty, ListState, More } from "../ui/state";
import { toast } from "../ui/toast";
import { useFilter } from "./filter";
import { Filters } from "./filters";
import { JobDrawer } from "./job-drawer";
import { LaneTiles } from "./lane-tiles";
import { useJobs, useJobStats, useLiveJobs, useRetryDead, type JobFilter } from "./queries";
import { JobTable } from "./table";

function RetryDead({ filter }: { filter: JobFilter }) {
  const text = useText();
  const { t } = text;
  const [asking, setAsking] = useState(false);
  const retry = useRetryDead();
  return (
    <>
      <Button icon="retry" onClick={() => setAsking(true)}>
        {t("jobs.retryDead")}
      </Button>
      {asking && (
        <Confirm
          title={t("jobs.retryDeadTitle")}
          hint={t("jobs.retryDeadHint")}
          action={t("jobs.retryDead")}
          busy={retry.isPending}
          onClose={() => setAsking(false)}
          onConfirm={() =>
            retry.mutate(filter, {
              onSuccess: (count) => toast(t("jobs.retriedAll", { count })),
              onError: (error) => toast(describeError(error, text), true),
              onSettled: () => setAsking(false),
            })
          }
        />
      )}
    </>
  );
}

export function Jobs() {
  const { t } = useText();
  const { isOperator, isAdmin } = useMe();
  const using = useFilter();
  const { filter } = using;
  const jobs = useJobs(filter);
  const stats = useJobStats(filter.tenant);
  const tenants = useTenants(isOperator);
  const connected = useLiveJobs(filter.tenant);

  const counts = stats.data?.counts ?? [];
  const kinds = [
    ...new Set([...counts.map((count) => count.kind), ...(filter.kind === "" ? [] : [filter.kind])]),
  ].sort();
  const anyDead = counts.some((count) => count.state === "dead" && count.jobs > 0);
  const names = new Map(tenants.rows.map((tenant) => [tenant.id, tenant.name]));
  const tenantName = isOperator ? (id: string) => names.get(id) ?? id : null;
  return (
    <Page
      title={t("jobs.title")}
      lead={t(isOperator ? "jobs.leadOperator" : "jobs.lead")}
      aside={<LiveMark connected={connected} label={t(connected ? "common.live" : "common.connecting")} />}
    >
      <LaneTiles stats={stats.data} chosen={filter.lane} onChoose={(lane) => using.set("lane", lane)} />
      <Filters using={using} kinds={kinds} tenants={isOperator ? tenants.rows : null} />
      {anyDead && (isAdmin || isOperator) && (
        <div className="flex justify-end">
          <RetryDead filter={filter} />
        </div>
      )}
      <ListState
        list={jobs}
        empty={
          using.isFiltered ? (
            <Empty icon="jobs" title={t("jobs.noneMatch")} />
          ) : (
            <Empty icon="jobs" title={t("jobs.empty")} hint={t("jobs.emptyHint")} />
          )
        }
      >
        <JobTable jobs={jobs.rows} tenantName={tenantName} onOpen={using.open} />
        <More list={jobs} />
      </ListState>
      {using.job !== null && <JobDrawer id={using.job} tenantName={tenantName} onClose={using.close} />}
    </Page>
  );
}
