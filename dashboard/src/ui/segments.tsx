interface SegmentsProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; count?: string | undefined }[];
  onChange: (value: T) => void;
}

/** A row of buttons of which one is pressed: what is shown below it. */
export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  return (
    <div role="group" aria-label={label} className="border-line flex overflow-x-auto overflow-y-hidden border-b">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={value === option.value}
          onClick={() => onChange(option.value)}
          className={`flex min-h-10 shrink-0 items-center gap-1.5 border-b-2 px-3 font-medium whitespace-nowrap ${
            value === option.value ? "border-accent text-accent" : "text-muted hover:text-ink border-transparent"
          }`}
        >
          {option.label}
          {option.count !== undefined && (
            <span className="bg-raised text-muted rounded-full px-1.5 text-xs leading-5 font-semibold tabular-nums">
              {option.count}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
