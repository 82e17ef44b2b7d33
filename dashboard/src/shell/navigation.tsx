import { NavLink } from "react-router";

import type { Key } from "../text/catalogue";
import { useText } from "../text/language";
import { Icon, type IconName } from "../ui/icon";
import { useMe } from "./me";

interface Place {
  to: string;
  label: Key;
  icon: IconName;
}

const OF_MEMBER: readonly Place[] = [
  { to: "/documents", label: "nav.documents", icon: "document" },
  { to: "/ask", label: "nav.ask", icon: "ask" },
  { to: "/jobs", label: "nav.jobs", icon: "jobs" },
  { to: "/settings", label: "nav.settings", icon: "settings" },
];

const OF_OPERATOR: readonly Place[] = [
  { to: "/jobs", label: "nav.jobs", icon: "jobs" },
  { to: "/tenants", label: "nav.tenants", icon: "tenants" },
];

const usePlaces = () => (useMe().isOperator ? OF_OPERATOR : OF_MEMBER);

export function SideNavigation() {
  const { t } = useText();
  return (
    <nav aria-label={t("nav.main")} className="flex flex-col gap-1">
      {usePlaces().map((place) => (
        <NavLink
          key={place.to}
          to={place.to}
          className={({ isActive }) =>
            `flex min-h-10 items-center gap-3 rounded-lg px-3 font-medium transition-colors ${
              isActive ? "bg-accent-soft text-accent" : "text-muted hover:bg-raised hover:text-ink"
            }`
          }
        >
          <Icon name={place.icon} />
          {t(place.label)}
        </NavLink>
      ))}
    </nav>
  );
}

export function BottomNavigation() {
  const { t } = useText();
  return (
    <nav
      aria-label={t("nav.main")}
      className="border-line bg-surface fixed inset-x-0 bottom-0 z-20 flex border-t pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {usePlaces().map((place) => (
        <NavLink
          key={place.to}
          to={place.to}
          className={({ isActive }) =>
            `flex min-h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs leading-tight font-medium ${
              isActive ? "text-accent" : "text-muted"
            }`
          }
        >
          <Icon name={place.icon} />
          {t(place.label)}
        </NavLink>
      ))}
    </nav>
  );
}
