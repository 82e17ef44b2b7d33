/** A file of a message. It is fetched with the member's token, which the browser would not send for an `img`. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { send } from "../api/client";
import type { MediaContent } from "../api/conversation";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button, Spinner } from "../ui/button";
import { Icon } from "../ui/icon";
import { toast } from "../ui/toast";

/** Pictures up to this size are shown at once. */
const SHOWN_BYTES = 5_000_000;

const fetchBlob = async (message: string, signal?: AbortSignal) =>
  (await send(`/api/v1/messages/${message}/media`, signal ? { signal } : {})).blob();

/** The address of a blob for as long as it is shown. */
function useObjectUrl(blob: Blob | undefined): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (blob === undefined) return;
    const made = URL.createObjectURL(blob);
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the address exists from here to the clean-up only
    setUrl(made);
    return () => {
      URL.revokeObjectURL(made);
      setUrl(null);
    };
  }, [blob]);
  return url;
}

function Picture({ message, label }: { message: string; label: string }) {
  const { t } = useText();
  const blob = useQuery({
    queryKey: ["media", message],
    queryFn: ({ signal }) => fetchBlob(message, signal),
    staleTime: Infinity,
  });
  const url = useObjectUrl(blob.data);
  if (blob.isError) return <p className="text-muted text-sm italic">{t("message.mediaFailed")}</p>;
  if (url === null) {
    return (
      <span className="bg-raised text-muted grid h-40 w-56 max-w-full place-items-center rounded-lg">
        <Spinner />
      </span>
    );
  }
  return <img src={url} alt={label} className="max-h-80 max-w-full rounded-lg" />;
}

function Download({ message, label, filename }: { message: string; label: string; filename: string }) {
  const text = useText();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      saveAs(await fetchBlob(message), filename);
    } catch (error) {
      toast(describeError(error, text), true);
    }
    setBusy(false);
  };
  return (
    <Button icon="download" busy={busy} onClick={() => void save()} className="max-w-full">
      <bdi className="truncate">{label}</bdi>
    </Button>
  );
}

/** Gives the reader a file to keep. */
export function saveAs(blob: Blob, filename: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function Attachment({ media, message }: { media: MediaContent; message: string }) {
  const { t, format } = useText();
  const kind = t(`message.media.${media.kind}`);
  if (media.bytes === undefined) {
    return (
      <p className="text-muted flex items-start gap-2 text-sm italic">
        <Icon name="document" className="mt-0.5 size-4.5" />
        {media.refused ? t("message.refused", { kind, reason: media.refused }) : t("message.fetching", { kind })}
      </p>
    );
  }
  const isPicture = media.kind === "image" || media.kind === "sticker";
  if (isPicture && media.bytes <= SHOWN_BYTES) return <Picture message={message} label={media.caption ?? kind} />;
  const name = media.filename ?? kind;
  return <Download message={message} filename={name} label={`${name} (${format.bytes(media.bytes)})`} />;
}
