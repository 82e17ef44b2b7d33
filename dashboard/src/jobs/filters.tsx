import { JOB_STATES, LANES, type Tenant } from "../api/types";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Select } from "../ui/field";
import type { useFilter } from "./filter";

interface FiltersProps {
  using: ReturnType<typeof useFilter>;
  kinds: readonly string[];
  /** Null for members, who see their own tenant only. */
  tenants: readonly Tenant[] | null;
}

export function Filters({ using, kinds, tenants }: FiltersProps) {
  const { t } = useText();
  const { filter, set } = using;
  const any = { value: "", label: t("jobs.any") };
  return (
    <div role="search" aria-label={t("jobs.filters")} className="flex flex-col gap-3">
      <div
        className={`grid gap-3 sm:grid-cols-[repeat(auto-fit,minmax(9rem,1fr))] ${tenants ? "grid-cols-2" : "grid-cols-3"}`}
      >
        <Select
          label={t("jobs.state")}
          value={filter.state}
          onChange={(value) => set("state", value)}
          options={[any, ...JOB_STATES.map((value) => ({ value, label: t(`jobs.state.${value}`) }))]}
        />
        <Select
          label={t("jobs.kind")}
          value={filter.kind}
          onChange={(value) => set("kind", value)}
          options={[any, ...kinds.map((value) => ({ value, label: value }))]}
        />
        <Select
          label={t("jobs.lane")}
          value={filter.lane}
          onChange={(value) => set("lane", value)}
          options={[any, ...LANES.map((value) => ({ value, label: t(`jobs.lane.${value}`) }))]}
        />
        {tenants && (
          <Select
            label={t("jobs.tenant")}
            value={filter.tenant}
            onChange={(value) => set("tenant", value)}
            options={[any, ...tenants.map(({ id, name }) => ({ value: id, label: name }))]}
          />
        )}
      </div>
      {using.isFiltered && (
        <div className="flex flex-wrap gap-2">
          {filter.parent !== "" && (
            <Button icon="close" onClick={() => set("parent", "")} className="max-w-full">
              <span className="min-w-0 truncate">{t("jobs.clearParent", { parent: filter.parent })}</span>
            </Button>
          )}
          <Button look="quiet" onClick={using.clear}>
            {t("jobs.clear")}
          </Button>
        </div>
      )}
    </div>
  );
}
