import { NavLink } from "react-router";

import { useCounts } from "../conversations/counts";
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
  { to: "/conversations", label: "nav.conversations", icon: "inbox" },
  { to: "/documents", label: "nav.knowledge", icon: "document" },
  { to: "/ask", label: "nav.ask", icon: "ask" },
  { to: "/jobs", label: "nav.jobs", icon: "jobs" },
  { to: "/settings", label: "nav.settings", icon: "settings" },
];

const OF_OPERATOR: readonly Place[] = [
  { to: "/jobs", label: "nav.jobs", icon: "jobs" },
  { to: "/tenants", label: "nav.tenants", icon: "tenants" },
];

const usePlaces = () => (useMe().isOperator ? OF_OPERATOR : OF_MEMBER);

/** How many customers wait for a person. */
function Waiting({ className }: { className: string }) {
  const { t, format } = useText();
  const count = useCounts(!useMe().isOperator).data?.waiting ?? 0;
  if (count === 0) return null;
  return (
    <span
      title={t("inbox.waiting", { count })}
      className={`bg-bad text-surface rounded-full px-1.5 text-xs leading-5 font-semibold tabular-nums ${className}`}
    >
      <span aria-hidden="true">{count > 99 ? "99+" : format.number(count)}</span>
      <span className="sr-only">{t("inbox.waiting", { count })}</span>
    </span>
  );
}

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
          {place.icon === "inbox" && <Waiting className="ms-auto" />}
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
      className="border-line bg-surface fixed inset-x-0 bottom-0 z-20 flex border-t pb-[env(safe-area-inset-bottom)] group-has-data-thread/shell:hidden md:hidden"
    >
      {usePlaces().map((place) => (
        <NavLink
          key={place.to}
          to={place.to}
          className={({ isActive }) =>
            `relative flex min-h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs leading-tight font-medium ${
              isActive ? "text-accent" : "text-muted"
            }`
          }
        >
          <Icon name={place.icon} />
          {t(place.label)}
          {place.icon === "inbox" && <Waiting className="absolute start-1/2 top-1 ms-1" />}
        </NavLink>
      ))}
    </nav>
  );
}
