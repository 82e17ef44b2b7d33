import { Outlet } from "react-router";

import { useText } from "../text/language";
import { Page } from "../ui/page";
import { SectionLinks } from "../ui/section";

/** What the bot answers from, and how well. */
export function Knowledge() {
  const { t } = useText();
  return (
    <Page title={t("knowledge.title")}>
      <SectionLinks
        label={t("knowledge.sections")}
        links={[
          { to: "/documents", label: t("documents.title"), end: true },
          { to: "/documents/web", label: t("sources.title") },
          { to: "/documents/quality", label: t("quality.title") },
        ]}
      />
      <Outlet />
    </Page>
  );
}
