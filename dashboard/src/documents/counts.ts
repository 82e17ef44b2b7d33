import type { ReportCounts } from "../api/knowledge";
import type { Text } from "../text/language";

/** How much there is, in words; what there is none of is left out. */
export function countsOf(counts: ReportCounts, { t }: Text): string {
  const { characters, headings, tables, rows } = counts;
  return [
    t("reading.characters", { count: characters }),
    ...(headings > 0 ? [t("reading.headings", { count: headings })] : []),
    ...(tables > 0 ? [t("reading.tables", { count: tables })] : []),
    ...(rows > 0 ? [t("reading.rows", { count: rows })] : []),
  ].join(" · ");
}
