import { useState } from "react";
import { Link } from "react-router";

import { useText } from "../text/language";
import { Badge } from "../ui/badge";
import { Button, buttonClass } from "../ui/button";
import { Card, Page } from "../ui/page";
import { Empty, ListState, More } from "../ui/state";
import { NewTenantDialog } from "./new-tenant";
import { useTenants } from "./queries";

export function Tenants() {
  const { t, format } = useText();
  const tenants = useTenants();
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title={t("tenants.title")}
      lead={t("tenants.lead")}
      aside={
        <Button look="primary" icon="plus" onClick={() => setCreating(true)}>
          {t("tenants.new")}
        </Button>
      }
    >
      <ListState
        list={tenants}
        empty={<Empty icon="tenants" title={t("tenants.empty")} hint={t("tenants.emptyHint")} />}
      >
        <Card>
          <ul className="divide-line divide-y">
            {tenants.rows.map((tenant) => (
              <li key={tenant.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3">
                <div className="min-w-0 flex-1">
                  <p className="flex items-center gap-2">
                    <bdi className="truncate font-medium">{tenant.name}</bdi>
                    {tenant.demo && <Badge tone="neutral">{t("tenants.demo")}</Badge>}
                  </p>
                  <p className="text-muted text-sm">
                    <bdi className="font-mono">{tenant.slug}</bdi> · {format.ago(tenant.created_at)}
                  </p>
                </div>
                <Link to={`/jobs?tenant=${tenant.id}`} className={buttonClass("plain")}>
                  {t("tenants.jobs")}
                </Link>
              </li>
            ))}
          </ul>
        </Card>
        <More list={tenants} />
      </ListState>
      {creating && <NewTenantDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}
