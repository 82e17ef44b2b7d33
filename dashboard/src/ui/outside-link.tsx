import { Icon } from "./icon";

/** The address of a page of the web, opened beside the dashboard. */
export function OutsideLink({ url, className = "" }: { url: string; className?: string }) {
  return (
    <a
      href={url}
      target="_blank"
      rel="noreferrer"
      className={`text-accent flex w-fit max-w-full items-center gap-1.5 hover:underline ${className}`}
    >
      <Icon name="web" className="size-4" />
      <bdi dir="ltr" className="min-w-0 truncate">
        {url.replace(/^https?:\/\//, "")}
      </bdi>
    </a>
  );
}
