import { useState } from "react";

import { useText } from "../text/language";
import { Select, TextField } from "../ui/field";
import { TimezoneField } from "../ui/timezone-field";
import { dayName, EVERY, scheduleOf } from "./schedule";

const DAYS = ["0", "1", "2", "3", "4", "5", "6"] as const;

interface ScheduleFieldsProps {
  cron: string | null;
  timezone: string;
  errorOf: (field: string) => string | undefined;
}

/** When to look at the pages again. What doesn't matter for the choice is kept, unseen. */
export function ScheduleFields({ cron, timezone, errorOf }: ScheduleFieldsProps) {
  const { t, language } = useText();
  const [schedule, setSchedule] = useState(() => scheduleOf(cron));
  const { every, time, day } = schedule;
  const isTimed = every === "daily" || every === "weekly";
  return (
    <>
      <Select
        label={t("schedule.label")}
        name="every"
        value={every}
        options={EVERY.map((value) => ({ value, label: t(`schedule.${value}`) }))}
        onChange={(every) => setSchedule({ ...schedule, every })}
        error={every === "cron" ? undefined : errorOf("refresh_cron")}
      />
      {every === "weekly" && (
        <Select
          label={t("schedule.day")}
          name="day"
          defaultValue={DAYS[day] ?? "0"}
          options={DAYS.map((value) => ({ value, label: dayName(Number(value), language) }))}
        />
      )}
      {isTimed && (
        <TextField label={t("schedule.time")} name="time" type="time" dir="ltr" defaultValue={time} required />
      )}
      {every === "cron" && (
        <TextField
          label={t("schedule.cronLabel")}
          hint={t("schedule.cronHint")}
          name="cron"
          dir="ltr"
          defaultValue={schedule.cron}
          placeholder="30 4 * * 1-5"
          maxLength={100}
          error={errorOf("refresh_cron")}
          required
        />
      )}
      {every === "never" ? (
        <input type="hidden" name="timezone" value={timezone} />
      ) : (
        <TimezoneField label={t("bot.timezone")} defaultValue={timezone} error={errorOf("timezone")} />
      )}
    </>
  );
}
