import { useMutation, useQueryClient } from "@tanstack/react-query";

import { create } from "../api/client";
import { TEMPLATE_CATEGORIES, type Message } from "../api/conversation";
import { fieldError } from "../api/problem";
import { useText } from "../text/language";
import { fieldText, Select, TextArea, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { CONVERSATIONS } from "./keys";
import { putMessage } from "./send";

/** A template as the form has it; what is filled in stands on a line each, in order. */
export function readTemplate(form: FormData) {
  const lines = fieldText(form, "parameters").split("\n");
  return {
    name: fieldText(form, "name"),
    language: fieldText(form, "language"),
    category: fieldText(form, "category"),
    parameters: lines.map((line) => line.trim()).filter((line) => line !== ""),
  };
}

/** Sends what the provider has approved: all that may be sent a day after the customer's last message. */
export function TemplateDialog({ conversation, onClose }: { conversation: string; onClose: () => void }) {
  const { t } = useText();
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: (form: FormData) =>
      create<Message>(`/api/v1/conversations/${conversation}/messages`, { template: readTemplate(form) }),
    onSuccess: (message) => {
      putMessage(client, conversation, message);
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: CONVERSATIONS }),
  });
  return (
    <FormDialog
      title={t("template.title")}
      action={t("inbox.send")}
      mutation={send}
      onSubmit={send.mutate}
      onClose={onClose}
    >
      <p className="text-muted">{t("template.hint")}</p>
      <TextField
        label={t("template.name")}
        name="name"
        dir="ltr"
        placeholder="order_update"
        maxLength={512}
        error={fieldError(send.error, "template.name")}
        required
      />
      <TextField
        label={t("template.language")}
        name="language"
        dir="ltr"
        placeholder="en_US"
        minLength={2}
        maxLength={20}
        error={fieldError(send.error, "template.language")}
        required
      />
      <Select
        label={t("template.category")}
        name="category"
        defaultValue="marketing"
        options={TEMPLATE_CATEGORIES.map((value) => ({ value, label: t(`template.category.${value}`) }))}
      />
      <TextArea
        label={t("template.parameters")}
        hint={t("template.parametersHint")}
        name="parameters"
        maxLength={4000}
        error={fieldError(send.error, "template.parameters")}
      />
    </FormDialog>
  );
}
