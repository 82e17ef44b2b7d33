/** How people are called where they have not told their name. */
import { useMe } from "../shell/me";
import { useMembers } from "../settings/queries";
import { useText } from "../text/language";

export function useName(name: string | null): string {
  const { t } = useText();
  return name === null || name.trim() === "" ? t("inbox.noName") : name;
}

/** Calls a member by what they sign in with, and the reader "you". */
export function useMemberName(): (id: string) => string {
  const { t } = useText();
  const me = useMe();
  const members = useMembers();
  const emails = new Map(members.rows.map(({ id, email }) => [id, email]));
  return (id) => (id === me.member.id ? t("members.you") : (emails.get(id) ?? t("inbox.formerMember")));
}
