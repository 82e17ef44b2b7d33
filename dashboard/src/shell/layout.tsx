import { useEffect, useRef } from "react";
import { Outlet, useLocation } from "react-router";

import { Live } from "../conversations/live";
import { useText } from "../text/language";
import { Failed, Skeleton } from "../ui/state";
import { Account } from "./account";
import { Brand } from "./brand";
import { MeContext, useMeQuery } from "./me";
import { BottomNavigation, SideNavigation } from "./navigation";

/** After a change of page the focus goes to its content, as it would after a load. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [pathname]);
  return main;
}

export function Layout() {
  const { t } = useText();
  const main = useFocusOnNavigation();
  const me = useMeQuery();
  if (me.isPending || me.isError) {
    return (
      <main className="mx-auto w-full max-w-xl p-6">
        {me.isError ? <Failed error={me.error} onRetry={() => void me.refetch()} /> : <Skeleton />}
      </main>
    );
  }
  const shell = (
    // An open thread has a phone's whole screen for itself.
    <div className="group/shell">
      <button
        type="button"
        onClick={() => main.current?.focus()}
        className="bg-accent text-on-accent absolute start-3 top-3 z-50 -translate-y-20 rounded-lg px-4 py-2 focus:translate-y-0"
      >
        {t("nav.skip")}
      </button>
      <div className="md:grid md:min-h-dvh md:grid-cols-[15.5rem_minmax(0,1fr)]">
        <aside className="border-line bg-surface hidden border-e md:block">
          <div className="sticky top-0 flex h-dvh flex-col gap-6 p-4">
            <Brand className="px-2 pt-1" />
            <div className="flex-1">
              <SideNavigation />
            </div>
            <Account />
          </div>
        </aside>
        <div className="min-w-0 pb-20 group-has-data-thread/shell:pb-0 md:pb-0">
          <header className="border-line bg-surface flex items-center justify-between border-b px-4 py-1.5 group-has-data-thread/shell:hidden md:hidden">
            <Brand />
            <Account compact />
          </header>
          <main ref={main} tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <BottomNavigation />
    </div>
  );
  return <MeContext value={me.data}>{me.data.role === "operator" ? shell : <Live>{shell}</Live>}</MeContext>;
}
