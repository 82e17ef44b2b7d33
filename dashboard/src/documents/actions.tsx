import { useRef } from "react";
import { useNavigate } from "react-router";

import type { Document } from "../api/types";
import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { IconButton } from "../ui/button";
import { Menu, MenuItem, MenuLine } from "../ui/menu";
import { toast } from "../ui/toast";
import { ACCEPT } from "./formats";
import { isUnfinished, useCancel, useReprocess } from "./queries";
import { replaceContent } from "./uploads";

export interface Dialogs {
  onOpen: (document: Document) => void;
  onRename: (document: Document) => void;
  onDelete: (document: Document) => void;
}

export function DocumentActions({ document, onOpen, onRename, onDelete }: Dialogs & { document: Document }) {
  const text = useText();
  const { t } = text;
  const { isAdmin } = useMe();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const reprocess = useReprocess();
  const cancel = useCancel();
  const name = document.title;
  const onError = (error: unknown) => toast(describeError(error, text), true);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept={ACCEPT}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) replaceContent(document.id, file);
          event.target.value = "";
        }}
      />
      <Menu trigger={<IconButton icon="more" label={t("common.actions", { name })} />}>
        <MenuItem onSelect={() => onOpen(document)}>{t("documents.open")}</MenuItem>
        <MenuItem onSelect={() => void navigate(`/jobs?parent=${document.id}`)}>{t("documents.jobs")}</MenuItem>
        {isAdmin && (
          <>
            <MenuLine />
            {isUnfinished(document) ? (
              <MenuItem onSelect={() => cancel.mutate(document, { onError })}>{t("documents.cancel")}</MenuItem>
            ) : (
              <MenuItem
                onSelect={() =>
                  reprocess.mutate(document, { onError, onSuccess: () => toast(t("documents.reprocessing", { name })) })
                }
              >
                {t("documents.reprocess")}
              </MenuItem>
            )}
            <MenuItem onSelect={() => input.current?.click()}>{t("documents.replace")}</MenuItem>
            <MenuItem onSelect={() => onRename(document)}>{t("documents.rename")}</MenuItem>
            <MenuLine />
            <MenuItem danger onSelect={() => onDelete(document)}>
              {t("documents.delete")}
            </MenuItem>
          </>
        )}
      </Menu>
    </>
  );
}
