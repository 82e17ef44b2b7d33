import { PRIORITIES, type Priority } from "../api/conversation";
import { useMembers } from "../settings/queries";
import { useText } from "../text/language";
import { fieldText, Select } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";

interface DialogProps {
  busy: boolean;
  onClose: () => void;
}

export function HandoffDialog({ busy, onClose, onPriority }: DialogProps & { onPriority: (to: Priority) => void }) {
  const { t } = useText();
  return (
    <FormDialog
      title={t("inbox.handoffTitle")}
      action={t("inbox.handoff")}
      mutation={{ error: null, isPending: busy }}
      onClose={onClose}
      onSubmit={(form) => onPriority(fieldText(form, "priority") as Priority)}
    >
      <p className="text-muted">{t("inbox.handoffHint")}</p>
      <Select
        label={t("inbox.priority")}
        name="priority"
        defaultValue="normal"
        options={PRIORITIES.map((value) => ({ value, label: t(`inbox.priority.${value}`) }))}
      />
    </FormDialog>
  );
}

interface AssignProps extends DialogProps {
  assignee: string | null;
  onMember: (id: string) => void;
}

export function AssignDialog({ busy, assignee, onClose, onMember }: AssignProps) {
  const { t } = useText();
  const members = useMembers();
  // A viewer can't answer.
  const able = members.rows.filter(({ role }) => role !== "viewer");
  return (
    <FormDialog
      title={t("inbox.assignTitle")}
      action={t("inbox.assign")}
      mutation={{ error: members.error, isPending: busy || members.isPending }}
      onClose={onClose}
      onSubmit={(form) => onMember(fieldText(form, "member"))}
    >
      <Select
        key={able.length}
        label={t("inbox.member")}
        name="member"
        {...(assignee === null ? {} : { defaultValue: assignee })}
        options={able.map(({ id, email }) => ({ value: id, label: email }))}
      />
    </FormDialog>
  );
}
