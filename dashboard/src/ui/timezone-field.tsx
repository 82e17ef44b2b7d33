import { useId } from "react";

import { TextField } from "./field";

interface TimezoneFieldProps {
  label: string;
  defaultValue: string;
  readOnly?: boolean;
  error?: string | undefined;
}

/** An IANA time zone, such as Asia/Riyadh, under the name `timezone`. */
export function TimezoneField({ readOnly = false, ...rest }: TimezoneFieldProps) {
  const list = useId();
  return (
    <>
      <TextField {...rest} name="timezone" dir="ltr" list={list} readOnly={readOnly} required />
      <datalist id={list}>
        {Intl.supportedValuesOf("timeZone").map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}
