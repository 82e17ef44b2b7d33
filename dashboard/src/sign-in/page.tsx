import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { ApiError } from "../api/problem";
import { session } from "../api/session";
import { Brand } from "../shell/brand";
import { Preferences } from "../shell/preferences";
import { useText } from "../text/language";
import { Button, IconButton } from "../ui/button";
import { fieldSecret, fieldText, TextField } from "../ui/field";
import { Menu } from "../ui/menu";
import { Problem } from "../ui/state";

const asksForTenant = (error: unknown) => error instanceof ApiError && error.code === "tenant_required";

export function SignIn() {
  const { t } = useText();
  const [withTenant, setWithTenant] = useState(false);
  const signIn = useMutation({
    mutationFn: (form: FormData) => {
      const tenant = fieldText(form, "tenant");
      const credentials = { email: fieldText(form, "email"), password: fieldSecret(form, "password") };
      return session.signIn(tenant === "" ? credentials : { ...credentials, tenant });
    },
    onError: (error) => {
      if (asksForTenant(error)) setWithTenant(true);
    },
  });
  useEffect(() => {
    document.title = `${t("signIn.title")} · Wafaa`;
  }, [t]);
  const asked = asksForTenant(signIn.error);
  const refused = signIn.error instanceof ApiError && signIn.error.status === 401;
  return (
    <div className="flex min-h-dvh flex-col items-center justify-center gap-6 p-4">
      <main className="border-line bg-surface w-full max-w-sm rounded-2xl border p-6 sm:p-8">
        <div className="mb-6 flex items-center justify-between">
          <Brand />
          <Menu trigger={<IconButton icon="settings" label={t("account.menu")} className="-me-2" />}>
            <Preferences />
          </Menu>
        </div>
        <h1 className="text-xl font-semibold">{t("signIn.title")}</h1>
        <p className="text-muted mb-5">{t("app.tagline")}</p>
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate(new FormData(event.currentTarget));
          }}
        >
          <TextField label={t("signIn.email")} name="email" type="email" dir="ltr" autoComplete="username" required />
          <TextField
            label={t("signIn.password")}
            name="password"
            type="password"
            dir="ltr"
            autoComplete="current-password"
            required
          />
          {withTenant && (
            <TextField
              label={t("signIn.tenant")}
              name="tenant"
              dir="ltr"
              autoComplete="organization"
              autoCapitalize="none"
              spellCheck={false}
              hint={asked ? t("signIn.tenantHint") : undefined}
              required={asked}
            />
          )}
          {refused && (
            <p role="alert" className="bg-bad-soft text-bad rounded-lg px-3 py-2">
              {t("signIn.refused")}
            </p>
          )}
          {!asked && !refused && <Problem error={signIn.error} />}
          <Button type="submit" look="primary" busy={signIn.isPending}>
            {t("signIn.submit")}
          </Button>
          {!withTenant && (
            <Button look="quiet" onClick={() => setWithTenant(true)}>
              {t("signIn.withTenant")}
            </Button>
          )}
        </form>
      </main>
    </div>
  );
}
