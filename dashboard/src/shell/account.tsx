import { session } from "../api/session";
import { useText } from "../text/language";
import { Icon } from "../ui/icon";
import { Menu, MenuItem, MenuLine } from "../ui/menu";
import { useMe } from "./me";
import { Preferences } from "./preferences";

/** Who is signed in, with the way out. */
export function Account({ compact = false }: { compact?: boolean }) {
  const { t } = useText();
  const { member, tenant, role } = useMe();
  const place = tenant?.name ?? t("account.operator");
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t("account.menu")}
          className={`hover:bg-raised flex min-h-10 min-w-0 items-center gap-3 rounded-lg text-start ${compact ? "p-1.5" : "w-full p-2"}`}
        >
          <span className="bg-accent-soft text-accent grid size-8 shrink-0 place-items-center rounded-full">
            <Icon name="user" className="size-4.5" />
          </span>
          {!compact && (
            <span className="min-w-0 flex-1 leading-snug">
              <span className="block truncate font-medium">
                <bdi>{place}</bdi>
              </span>
              <span dir="ltr" className="text-muted block truncate text-sm rtl:text-end">
                {member.email}
              </span>
            </span>
          )}
          {!compact && <Icon name="chevron" className="text-muted size-4" />}
        </button>
      }
    >
      <div className="max-w-72 px-3 py-1.5">
        <p className="truncate font-medium">
          <bdi>{place}</bdi>
        </p>
        <p className="text-muted text-sm break-all">
          <bdi>{member.email}</bdi> · {t(`role.${role}`)}
        </p>
      </div>
      <MenuLine />
      <Preferences />
      <MenuLine />
      <MenuItem onSelect={() => void session.signOut()}>{t("account.signOut")}</MenuItem>
    </Menu>
  );
}
