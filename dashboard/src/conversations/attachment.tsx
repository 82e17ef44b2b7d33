/** A file of a message. It is fetched with the member's token, which the browser would not send for an `img`. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { send } from "../api/client";
import type { MediaContent } from "../api/conversation";
import { describeError } from "../text/error";
import { useText } from "../text/language";
import { Button, Spinner } from "../ui/button";
import { saveAs } from "../ui/save-as";
import { Icon } from "../ui/icon";
import { toast } from "../ui/toast";

/** Pictures up to this size are shown at once. */
const SHOWN_BYTES = 5_000_000;

const fetchBlob = async (message: string, signal?: AbortSignal) =>
  (await send(`/api/v1/messages/${message}/media`, signal ? { signal } : {})).blob();

const mediaOf = (message: string) => ({
  queryKey: ["media", message],
  queryFn: ({ signal }: { signal: AbortSignal }) => fetchBlob(message, signal),
  staleTime: Infinity,
});

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
  const blob = useQuery(mediaOf(message));
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

type Played = "audio" | "video";

/** Sound or film. It is fetched when somebody wants to hear or see it: it may be large. */
function Player({ message, kind, label }: { message: string; kind: Played; label: string }) {
  const { t } = useText();
  const [wanted, setWanted] = useState(false);
  const [isOdd, setOdd] = useState(false);
  const blob = useQuery({ ...mediaOf(message), enabled: wanted });
  const url = useObjectUrl(blob.data);
  if (blob.isError || isOdd) {
    return <p className="text-muted text-sm italic">{t(isOdd ? "message.cantPlay" : "message.playFailed")}</p>;
  }
  if (url === null) {
    return (
      <Button icon="play" busy={wanted} onClick={() => setWanted(true)}>
        {t("message.play", { what: label })}
      </Button>
    );
  }
  const given = {
    src: url,
    controls: true,
    autoPlay: true,
    "aria-label": label,
    onError: () => setOdd(true),
    className: kind === "audio" ? "w-72 max-w-full" : "max-h-80 max-w-full rounded-lg",
  };
  // What customers send has no captions.
  // eslint-disable-next-line jsx-a11y/media-has-caption
  return kind === "audio" ? <audio {...given} /> : <video playsInline {...given} />;
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
  const download = <Download message={message} filename={name} label={`${name} (${format.bytes(media.bytes)})`} />;
  if (media.kind !== "audio" && media.kind !== "video") return download;
  return (
    <div className="flex flex-col items-start gap-2">
      <Player message={message} kind={media.kind} label={kind} />
      {download}
    </div>
  );
}
