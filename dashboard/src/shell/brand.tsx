import mark from "./wafaa.svg";

export function Brand({ className = "" }: { className?: string }) {
  return (
    <span className={`flex items-center gap-2.5 ${className}`}>
      <img src={mark} alt="" className="size-8" />
      <span lang="en" className="text-lg font-semibold tracking-tight">
        Wafaa
      </span>
    </span>
  );
}
