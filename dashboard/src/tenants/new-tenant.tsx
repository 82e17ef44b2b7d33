import { fieldError } from "../api/problem";
import { useText } from "../text/language";
import { FormDialog } from "../ui/form-dialog";
import { fieldSecret, fieldText, TextField } from "../ui/field";
import { toast } from "../ui/toast";
import { useCreateTenant } from "./queries";

export function NewTenantDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const create = useCreateTenant();
  const { error } = create;
  const submit = (form: FormData) => {
    const admin = { email: fieldText(form, "email"), password: fieldSecret(form, "password") };
    const tenant = { slug: fieldText(form, "slug"), name: fieldText(form, "name"), admin };
    create.mutate(tenant, {
      onSuccess: () => {
        toast(t("tenants.createdToast", { name: tenant.name }));
        onClose();
      },
    });
  };
  return (
    <FormDialog
      title={t("tenants.newTitle")}
      action={t("tenants.new")}
      mutation={create}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField label={t("tenants.name")} name="name" maxLength={200} error={fieldError(error, "name")} required />
      <TextField
        label={t("tenants.slug")}
        hint={t("tenants.slugHint")}
        name="slug"
        dir="ltr"
        minLength={2}
        maxLength={40}
        pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?"
        autoCapitalize="none"
        spellCheck={false}
        error={fieldError(error, "slug")}
        required
      />
      <TextField
        label={t("tenants.adminEmail")}
        name="email"
        type="email"
        dir="ltr"
        autoComplete="off"
        error={fieldError(error, "admin.email")}
        required
      />
      <TextField
        label={t("tenants.adminPassword")}
        hint={t("members.passwordHint")}
        name="password"
        type="password"
        dir="ltr"
        minLength={10}
        autoComplete="new-password"
        error={fieldError(error, "admin.password")}
        required
      />
    </FormDialog>
  );
}
