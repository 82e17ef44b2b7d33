/** Form fields with their label, hint and error tied together. */
import { useId, type ComponentProps, type ReactNode } from "react";

export const BOX =
  "w-full rounded-lg border border-edge bg-surface px-3 py-2 text-ink disabled:opacity-60 aria-invalid:border-bad text-base md:text-[0.9375rem]";

interface Described {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
}

type Given = { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean };

function Field({ label, hint, error, children }: Described & { children: (given: Given) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const given: Given = { id };
  if (described !== "") given["aria-describedby"] = described;
  if (error) given["aria-invalid"] = true;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children(given)}
      {hint && (
        <p id={`${id}-hint`} className="text-muted text-sm">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-bad text-sm">
          {error}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, ...rest }: Described & Omit<ComponentProps<"input">, "id">) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(given) => <input dir="auto" {...rest} {...given} className={`${BOX} min-h-10`} />}
    </Field>
  );
}

export function TextArea({ label, hint, error, ...rest }: Described & Omit<ComponentProps<"textarea">, "id">) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(given) => <textarea dir="auto" rows={3} {...rest} {...given} className={BOX} />}
    </Field>
  );
}

interface SelectProps<T extends string> extends Described {
  name?: string;
  value?: T;
  defaultValue?: T;
  disabled?: boolean;
  options: readonly { value: T; label: string }[];
  onChange?: (value: T) => void;
}

export function Select<T extends string>({ label, hint, error, options, onChange, ...rest }: SelectProps<T>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(given) => (
        <select
          {...rest}
          {...given}
          onChange={(event) => onChange?.(event.target.value as T)}
          className={`${BOX} min-h-10`}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface CheckboxProps extends Omit<ComponentProps<"input">, "id" | "type"> {
  label: string;
  hint?: string;
}

export function Checkbox({ label, hint, ...rest }: CheckboxProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input
        id={id}
        type="checkbox"
        aria-describedby={hint && `${id}-hint`}
        {...rest}
        className="accent-accent mt-1 size-4.5 shrink-0"
      />
      <div>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-muted text-sm">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

/** The text of a field of a submitted form. */
export function fieldText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}

/** A password is what was typed, spaces and all. */
export function fieldSecret(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
