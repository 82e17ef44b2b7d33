import { useEffect, useState } from "react";

import type { Document } from "../api/types";
import { useMe } from "../shell/me";
import { useText } from "../text/language";
import { Card } from "../ui/page";
import { SectionHead } from "../ui/section";
import { Empty, ListState, More } from "../ui/state";
import { toast } from "../ui/toast";
import { watchUploads } from "./accepted";
import { DeleteDialog, RenameDialog } from "./dialogs";
import { DocumentDrawer } from "./drawer";
import { LIVE_DOCUMENTS } from "./live";
import { isUnfinished, useDocuments } from "./queries";
import { DocumentRow } from "./row";
import { useShown } from "./shown";
import { UploadArea } from "./upload-area";
import { UploadList } from "./upload-list";

interface Open {
  dialog: "rename" | "delete";
  id: string;
}

export function Documents() {
  const { t } = useText();
  const { isAdmin } = useMe();
  const documents = useDocuments();
  const [open, setOpen] = useState<Open | null>(null);
  useEffect(() => {
    watchUploads((document) => toast(t("documents.alreadyHere", { name: document.title })));
  }, [t]);

  const live = new Set(documents.rows.filter(isUnfinished).slice(0, LIVE_DOCUMENTS));
  const opened = documents.rows.find((document) => document.id === open?.id);
  const { id: shown, show } = useShown();
  const opener = (dialog: Open["dialog"]) => (document: Document) => setOpen({ dialog, id: document.id });
  const close = () => setOpen(null);
  return (
    <>
      <SectionHead lead={t("documents.lead")} />
      {isAdmin && <UploadArea />}
      <UploadList />
      <ListState
        list={documents}
        empty={
          <Empty
            icon="document"
            title={t("documents.empty")}
            hint={t(isAdmin ? "documents.emptyHint" : "documents.emptyReader")}
          />
        }
      >
        <Card>
          <ul aria-label={t("documents.list")} className="divide-line divide-y">
            {documents.rows.map((document) => (
              <DocumentRow
                key={document.id}
                document={document}
                live={live.has(document)}
                onOpen={({ id }) => show(id)}
                onRename={opener("rename")}
                onDelete={opener("delete")}
              />
            ))}
          </ul>
        </Card>
        <More list={documents} />
      </ListState>
      {shown !== null && (
        <DocumentDrawer
          key={shown}
          id={shown}
          listed={documents.rows.find((document) => document.id === shown)}
          onClose={() => show(null)}
        />
      )}
      {opened && open?.dialog === "rename" && <RenameDialog document={opened} onClose={close} />}
      {opened && open?.dialog === "delete" && <DeleteDialog document={opened} onClose={close} />}
    </>
  );
}
