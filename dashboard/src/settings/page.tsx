import { Outlet } from "react-router";

import { useMe } from "../shell/me";
import type { Key } from "../text/catalogue";
import { useText } from "../text/language";
import { Page } from "../ui/page";
import { SectionLinks } from "../ui/section";

export function Settings() {
  const { t } = useText();
  const { isAgent, isAdmin, isOwner } = useMe();
  const sections: [to: string, label: Key, shown: boolean][] = [
    ["bot", "bot.title", true],
    ["channels", "channels.title", isAdmin],
    ["canned-replies", "canned.title", isAgent],
    ["webhooks", "webhooks.title", isAdmin],
    ["api-keys", "keys.title", isAdmin],
    ["members", "members.title", isOwner],
  ];
  return (
    <Page title={t("settings.title")}>
      <SectionLinks
        label={t("settings.sections")}
        links={sections.filter(([, , shown]) => shown).map(([to, label]) => ({ to, label: t(label) }))}
      />
      <Outlet />
    </Page>
  );
}
