import { Link } from "react-router";

import { useText } from "../text/language";
import { Icon } from "../ui/icon";
import { documentPath } from "./shown";

const DOCUMENT_ID = /\b(doc_[0-9a-f]{32})\b/;

/** A sentence of the report. One that names a document, such as a member of an archive, leads there and is no warning. */
function Note({ note }: { note: string }) {
  const { t } = useText();
  const [before = "", id, after = ""] = note.split(DOCUMENT_ID);
  if (id === undefined) {
    return (
      <li className="bg-warn-soft text-warn flex items-start gap-2 rounded-lg px-3 py-2">
        <Icon name="alert" className="mt-0.5 size-5" />
        <span dir="auto" className="min-w-0 wrap-break-word">
          {note}
        </span>
      </li>
    );
  }
  return (
    <li className="bg-raised flex items-start gap-2 rounded-lg px-3 py-2">
      <Icon name="document" className="mt-0.5 size-5" />
      <span dir="auto" className="min-w-0 wrap-break-word">
        {before}
        <Link to={documentPath(id)} className="text-accent hover:underline">
          {t("reading.anotherDocument")}
        </Link>
        {after}
      </span>
    </li>
  );
}

/** What was skipped or guessed, and why. */
export function Notes({ notes }: { notes: readonly string[] }) {
  const { t } = useText();
  if (notes.length === 0) {
    return (
      <p className="text-muted flex items-start gap-2">
        <Icon name="check" className="text-good mt-0.5 size-5" />
        {t("reading.noNotes")}
      </p>
    );
  }
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">{t("reading.notes")}</h3>
      <ul className="flex flex-col gap-2">
        {[...new Set(notes)].map((note) => (
          <Note key={note} note={note} />
        ))}
      </ul>
    </section>
  );
}
