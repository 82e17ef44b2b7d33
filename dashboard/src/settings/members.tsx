import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { call } from "../api/client";
import type { Member, Role } from "../api/types";
import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Card } from "../ui/page";
import { Empty, ListState, More } from "../ui/state";
import { toast } from "../ui/toast";
import { NewMemberDialog, RemoveMemberDialog } from "./member-dialogs";
import { MEMBERS, useMembers } from "./queries";
import { ROLES } from "./roles";
import { SectionHead } from "../ui/section";

function RoleOf({ member }: { member: Member }) {
  const text = useText();
  const { t } = text;
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (role: Role) => call(`/api/v1/members/${member.id}`, { method: "PATCH", body: { role } }),
    onSuccess: () => toast(t("common.saved")),
    onError: (error) => toast(describeError(error, text), true),
    onSettled: () => client.invalidateQueries({ queryKey: MEMBERS }),
  });
  return (
    <select
      aria-label={t("members.roleOf", { email: member.email })}
      value={change.isPending ? change.variables : member.role}
      disabled={change.isPending}
      onChange={(event) => change.mutate(event.target.value as Role)}
      className="border-edge bg-surface min-h-10 rounded-lg border px-2 text-base md:text-[0.9375rem]"
    >
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {t(`role.${role}`)}
        </option>
      ))}
    </select>
  );
}

export function Members() {
  const { t, format } = useText();
  const me = useMe();
  const members = useMembers();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Member | null>(null);
  return (
    <>
      <SectionHead lead={t("members.lead")}>
        <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
          {t("members.new")}
        </Button>
      </SectionHead>
      <ListState list={members} empty={<Empty icon="user" title={t("members.empty")} />}>
        <Card>
          <ul className="divide-line divide-y">
            {members.rows.map((member) => (
              <li key={member.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
                <div className="min-w-0 flex-1 basis-52">
                  <bdi className="block truncate font-medium">{member.email}</bdi>
                  <p className="text-muted text-sm">
                    {member.id === me.member.id ? t("members.you") : format.ago(member.created_at)}
                  </p>
                </div>
                <RoleOf member={member} />
                <Button look="danger" disabled={member.id === me.member.id} onClick={() => setRemoving(member)}>
                  {t("members.remove")}
                </Button>
              </li>
            ))}
          </ul>
        </Card>
        <More list={members} />
      </ListState>
      {adding && <NewMemberDialog onClose={() => setAdding(false)} />}
      {removing && <RemoveMemberDialog member={removing} onClose={() => setRemoving(null)} />}
    </>
  );
}
