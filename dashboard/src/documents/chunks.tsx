import type { Chunk, Document } from "../api/types";
import { useText } from "../text/language";
import { Empty, ListState, More } from "../ui/state";
import { useChunks } from "./queries";

function ChunkCard({ chunk }: { chunk: Chunk }) {
  const { t, format } = useText();
  const place = [
    format.number(chunk.ordinal + 1),
    ...(chunk.page === null ? [] : [t("documents.page", { page: chunk.page })]),
    t("documents.tokens", { count: chunk.tokens }),
  ];
  return (
    <li className="border-line rounded-xl border p-4">
      <p className="text-muted text-sm tabular-nums">{place.join(" · ")}</p>
      {chunk.heading.length > 0 && (
        <p dir="auto" className="mt-1 font-medium">
          {chunk.heading.join(" › ")}
        </p>
      )}
      <p dir="auto" className="mt-1 wrap-break-word whitespace-pre-wrap">
        {chunk.text}
      </p>
    </li>
  );
}

/** The passages that answers are found in. */
export function Chunks({ document }: { document: Document }) {
  const { t } = useText();
  const chunks = useChunks(document);
  return (
    <ListState
      list={chunks}
      empty={<Empty icon="document" title={t("documents.noChunks")} hint={t("documents.noChunksHint")} />}
    >
      <ol className="flex flex-col gap-3">
        {chunks.rows.map((chunk) => (
          <ChunkCard key={chunk.id} chunk={chunk} />
        ))}
      </ol>
      <More list={chunks} />
    </ListState>
  );
}
