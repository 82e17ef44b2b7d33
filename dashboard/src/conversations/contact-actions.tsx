import { useState } from "react";

import type { Contact } from "../api/conversation";
import { fieldError } from "../api/problem";
import { useMe } from "../shell/me";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Confirm } from "../ui/dialog";
import { fieldText, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { toast } from "../ui/toast";
import { saveAs } from "../ui/save-as";
import { useChangeContact, useErase, useExport } from "./contact-queries";

interface ContactProps {
  contact: Contact;
  name: string;
}

function RenameDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { t } = useText();
  const change = useChangeContact(contact.id);
  return (
    <FormDialog
      title={t("contact.rename")}
      action={t("common.save")}
      mutation={change}
      onClose={onClose}
      onSubmit={(form) => change.mutate({ name: fieldText(form, "name") }, { onSuccess: onClose })}
    >
      <TextField
        label={t("contact.name")}
        name="name"
        defaultValue={contact.name ?? ""}
        maxLength={200}
        error={fieldError(change.error, "name")}
        required
      />
    </FormDialog>
  );
}

function OptDialog({ contact, name, onClose }: ContactProps & { onClose: () => void }) {
  const text = useText();
  const { t } = text;
  const change = useChangeContact(contact.id);
  const isOut = contact.opted_out_at !== null;
  return (
    <Confirm
      title={t(isOut ? "contact.optInTitle" : "contact.optOutTitle", { name })}
      hint={t(isOut ? "contact.optInHint" : "contact.optOutHint")}
      action={t(isOut ? "contact.optIn" : "contact.optOut")}
      busy={change.isPending}
      onClose={onClose}
      onConfirm={() =>
        change.mutate(
          { opted_out: !isOut },
          { onSuccess: onClose, onError: (error) => toast(describeError(error, text), true) },
        )
      }
    />
  );
}

interface EraseProps extends ContactProps {
  onErased: () => void;
  onClose: () => void;
}

function EraseDialog({ contact, name, onErased, onClose }: EraseProps) {
  const text = useText();
  const { t } = text;
  const erase = useErase(contact.id);
  return (
    <Confirm
      title={t("contact.eraseTitle", { name })}
      hint={t("contact.eraseHint")}
      action={t("contact.erase")}
      danger
      busy={erase.isPending}
      onClose={onClose}
      onConfirm={() =>
        erase.mutate(undefined, {
          onSuccess: () => {
            toast(t("contact.erased"));
            onErased();
          },
          onError: (error) => toast(describeError(error, text), true),
        })
      }
    />
  );
}

export function ContactActions({ contact, name, onErased }: ContactProps & { onErased: () => void }) {
  const text = useText();
  const { t } = text;
  const { isAgent, isAdmin } = useMe();
  const save = useExport(contact.id);
  const [asking, setAsking] = useState<"rename" | "opt" | "erase" | null>(null);
  const close = () => setAsking(null);
  if (!isAgent) return null;
  return (
    <div className="mt-4 flex flex-wrap gap-2">
      <Button onClick={() => setAsking("rename")}>{t("contact.rename")}</Button>
      <Button onClick={() => setAsking("opt")}>
        {t(contact.opted_out_at === null ? "contact.optOut" : "contact.optIn")}
      </Button>
      {isAdmin && (
        <>
          <Button
            icon="download"
            busy={save.isPending}
            onClick={() =>
              save.mutate(undefined, {
                onSuccess: (blob) => saveAs(blob, `${contact.id}.json`),
                onError: (error) => toast(describeError(error, text), true),
              })
            }
          >
            {t("contact.export")}
          </Button>
          <Button look="danger" onClick={() => setAsking("erase")}>
            {t("contact.erase")}
          </Button>
        </>
      )}
      {asking === "rename" && <RenameDialog contact={contact} onClose={close} />}
      {asking === "opt" && <OptDialog contact={contact} name={name} onClose={close} />}
      {asking === "erase" && <EraseDialog contact={contact} name={name} onErased={onErased} onClose={close} />}
    </div>
  );
}
