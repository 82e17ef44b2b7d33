import { NavLink, Outlet } from "react-router";

import { useMe } from "../shell/me";
import type { Key } from "../text/catalogue";
import { useText } from "../text/language";
import { Page } from "../ui/page";

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
      <nav
        aria-label={t("settings.sections")}
        className="border-line flex gap-1 overflow-x-auto overflow-y-hidden border-b"
      >
        {sections
          .filter(([, , shown]) => shown)
          .map(([to, label]) => (
            <NavLink
              key={to}
              to={to}
              className={({ isActive }) =>
                `flex min-h-10 items-center border-b-2 px-3 font-medium whitespace-nowrap ${
                  isActive ? "border-accent text-accent" : "text-muted hover:text-ink border-transparent"
                }`
              }
            >
              {t(label)}
            </NavLink>
          ))}
      </nav>
      <Outlet />
    </Page>
  );
}
