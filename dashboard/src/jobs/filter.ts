/** The filter of the list lives in the address, so that it can be linked to and survives a reload. */
import { useSearchParams } from "react-router";

import type { JobFilter } from "./queries";

const NAMES = ["state", "kind", "lane", "tenant", "parent"] as const;

export function useFilter() {
  const [search, setSearch] = useSearchParams();
  const filter = Object.fromEntries(NAMES.map((name) => [name, search.get(name) ?? ""])) as unknown as JobFilter;

  const set = (name: string, value: string) =>
    setSearch(
      (search) => {
        if (value === "") search.delete(name);
        else search.set(name, value);
        return search;
      },
      { replace: true },
    );

  return {
    filter,
    isFiltered: NAMES.some((name) => filter[name] !== ""),
    set: (name: keyof JobFilter, value: string) => set(name, value),
    clear: () => setSearch({}, { replace: true }),
    /** The job whose details are open. */
    job: search.get("job"),
    open: (id: string) => set("job", id),
    close: () => set("job", ""),
  };
}
