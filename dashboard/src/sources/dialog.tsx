import { fieldError } from "../api/problem";
import type { Source, SourceSettings } from "../api/knowledge";
import { useText } from "../text/language";
import { fieldText, Select, TextArea, TextField } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { describeDepth, pageAddress, readSource } from "./form";
import { useAddSource, useChangeSource } from "./queries";
import { ScheduleFields } from "./schedule-fields";

const DEPTHS = ["0", "1", "2", "3", "4", "5"] as const;

const USUAL: SourceSettings = {
  depth: 2,
  include: [],
  exclude: [],
  max_pages: 200,
  refresh_cron: null,
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
};

function Fields({ settings, error }: { settings: SourceSettings; error: unknown }) {
  const text = useText();
  const { t } = text;
  const errorOf = (field: string) => fieldError(error, field);
  return (
    <>
      <Select
        label={t("sources.depth")}
        hint={t("sources.depthHint")}
        name="depth"
        defaultValue={DEPTHS[settings.depth] ?? "2"}
        options={DEPTHS.map((value) => ({ value, label: describeDepth(Number(value), text) }))}
        error={errorOf("depth")}
      />
      <TextField
        label={t("sources.maxPages")}
        name="max_pages"
        type="number"
        dir="ltr"
        min={1}
        defaultValue={settings.max_pages}
        error={errorOf("max_pages")}
        required
      />
      <ScheduleFields cron={settings.refresh_cron} timezone={settings.timezone} errorOf={errorOf} />
      <TextArea
        label={t("sources.exclude")}
        hint={t("sources.excludeHint")}
        name="exclude"
        dir="ltr"
        defaultValue={settings.exclude.join("\n")}
        error={errorOf("exclude")}
      />
      <TextArea
        label={t("sources.include")}
        hint={t("sources.includeHint")}
        name="include"
        dir="ltr"
        defaultValue={settings.include.join("\n")}
        error={errorOf("include")}
      />
    </>
  );
}

export function AddSourceDialog({ onAdded, onClose }: { onAdded: (source: Source) => void; onClose: () => void }) {
  const { t } = useText();
  const add = useAddSource();
  return (
    <FormDialog
      title={t("sources.addTitle")}
      action={t("sources.addAction")}
      mutation={add}
      onClose={onClose}
      onSubmit={(form) =>
        add.mutate(
          { url: pageAddress(fieldText(form, "url")), ...readSource(form) },
          { onSuccess: ({ source }) => onAdded(source) },
        )
      }
    >
      <TextField
        label={t("sources.url")}
        hint={t("sources.urlHint")}
        name="url"
        inputMode="url"
        dir="ltr"
        placeholder="https://www.shop.example/"
        maxLength={2000}
        error={fieldError(add.error, "url")}
        required
      />
      <Fields settings={USUAL} error={add.error} />
    </FormDialog>
  );
}

export function ChangeSourceDialog({ source, onClose }: { source: Source; onClose: () => void }) {
  const { t } = useText();
  const change = useChangeSource(source.id);
  return (
    <FormDialog
      title={t("sources.changeTitle")}
      action={t("common.save")}
      mutation={change}
      onClose={onClose}
      onSubmit={(form) => change.mutate(readSource(form), { onSuccess: onClose })}
    >
      <p className="text-muted">{t("sources.changeHint")}</p>
      <Fields settings={source} error={change.error} />
    </FormDialog>
  );
}
