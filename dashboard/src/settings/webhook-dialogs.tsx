import type { Webhook } from "../api/conversation";
import { fieldError } from "../api/problem";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button } from "../ui/button";
import { Copyable } from "../ui/copyable";
import { Confirm, Dialog } from "../ui/dialog";
import { Checkbox, fieldText, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { toast } from "../ui/toast";
import { EVENTS, useChangeWebhook, useCreateWebhook, useDeleteWebhook, type Endpoint } from "./webhook-queries";

/** Every event ticked means: those to come as well. */
export function readEndpoint(form: FormData): Endpoint {
  const events = EVENTS.filter((event) => form.has(event));
  return { url: fieldText(form, "url"), events: events.length === EVENTS.length ? [] : events };
}

function EndpointFields({ webhook, error }: { webhook: Webhook | null; error: unknown }) {
  const { t, tOr } = useText();
  const isOn = (event: string) => webhook === null || webhook.events.length === 0 || webhook.events.includes(event);
  return (
    <>
      <TextField
        label={t("webhooks.url")}
        hint={t("webhooks.urlHint")}
        name="url"
        type="url"
        dir="ltr"
        placeholder="https://example.com/wafaa"
        defaultValue={webhook?.url}
        maxLength={2000}
        error={fieldError(error, "url")}
        required
      />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 font-medium">{t("webhooks.events")}</legend>
        {EVENTS.map((event) => (
          <Checkbox
            key={event}
            name={event}
            label={tOr(`webhooks.event.${event}`, event)}
            defaultChecked={isOn(event)}
          />
        ))}
      </fieldset>
    </>
  );
}

/** The one time that the secret is shown. */
function ShowSecret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useText();
  return (
    <Dialog title={t("webhooks.secretTitle")} onClose={onClose}>
      <p className="text-muted mb-4">{t("webhooks.secretHint")}</p>
      <Copyable label={t("webhooks.secret")} text={secret} />
      <div className="mt-5 flex justify-end">
        <Button onClick={onClose}>{t("keys.done")}</Button>
      </div>
    </Dialog>
  );
}

export function NewWebhookDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const make = useCreateWebhook();
  if (make.data) return <ShowSecret secret={make.data.secret} onClose={onClose} />;
  return (
    <FormDialog
      title={t("webhooks.newTitle")}
      action={t("webhooks.new")}
      mutation={make}
      onClose={onClose}
      onSubmit={(form) => make.mutate(readEndpoint(form))}
    >
      <EndpointFields webhook={null} error={make.error} />
    </FormDialog>
  );
}

interface WebhookDialogProps {
  webhook: Webhook;
  onClose: () => void;
}

export function EditWebhookDialog({ webhook, onClose }: WebhookDialogProps) {
  const { t } = useText();
  const change = useChangeWebhook();
  return (
    <FormDialog
      title={t("webhooks.editTitle")}
      action={t("common.save")}
      mutation={change}
      onClose={onClose}
      onSubmit={(form) => change.mutate({ id: webhook.id, ...readEndpoint(form) }, { onSuccess: onClose })}
    >
      <EndpointFields webhook={webhook} error={change.error} />
    </FormDialog>
  );
}

export function DeleteWebhookDialog({ webhook, onClose }: WebhookDialogProps) {
  const text = useText();
  const { t } = text;
  const remove = useDeleteWebhook();
  return (
    <Confirm
      title={t("webhooks.deleteTitle")}
      hint={t("webhooks.deleteHint", { url: webhook.url })}
      action={t("common.delete")}
      danger
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(webhook.id, {
          onSuccess: onClose,
          onError: (error) => toast(describeError(error, text), true),
        })
      }
    />
  );
}
