import { Link } from "react-router";

import type { Expectation } from "../api/knowledge";
import { documentPath } from "../documents/shown";
import { useText } from "../text/language";

interface ExpectedProps {
  expectation: Expectation;
  titles: ReadonlyMap<string, string>;
}

/** What a good answer cites and says. */
export function Expected({ expectation, titles }: ExpectedProps) {
  const { t } = useText();
  const { expected_documents: documents, expected_phrases: phrases } = expectation;
  return (
    <div className="text-muted flex flex-col gap-0.5 text-sm">
      {documents.length > 0 && (
        <p className="flex flex-wrap gap-x-2">
          {t("golden.cites")}
          {documents.map((id) => (
            <Link key={id} to={documentPath(id)} dir="auto" className="text-accent wrap-anywhere hover:underline">
              {titles.get(id) ?? id}
            </Link>
          ))}
        </p>
      )}
      {phrases.length > 0 && (
        <p className="flex flex-wrap gap-x-2">
          {t("golden.says")}
          {phrases.map((phrase) => (
            <q key={phrase} dir="auto" className="text-ink wrap-break-word">
              {phrase}
            </q>
          ))}
        </p>
      )}
    </div>
  );
}
