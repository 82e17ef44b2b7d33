import type { ReactNode } from "react";

import { useText } from "../text/language";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Problem } from "./state";

interface FormDialogProps {
  title: string;
  /** What its button says. */
  action: string;
  /** What it does can't be undone. */
  isDanger?: boolean;
  mutation: { error: unknown; isPending: boolean };
  onSubmit: (form: FormData) => void;
  onClose: () => void;
  children: ReactNode;
}

/** A form in a dialog that makes or changes one thing. */
export function FormDialog({
  title,
  action,
  isDanger = false,
  mutation,
  onSubmit,
  onClose,
  children,
}: FormDialogProps) {
  const { t } = useText();
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(new FormData(event.currentTarget));
        }}
      >
        {children}
        <Problem error={mutation.error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" look={isDanger ? "danger" : "primary"} busy={mutation.isPending}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
