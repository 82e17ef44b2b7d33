import { useState } from "react";

import { useTitles } from "../documents/titles";
import { useText } from "../text/language";
import { IconButton } from "../ui/button";
import { Select } from "../ui/field";

/** As many as the server takes for one question. */
const MOST = 20;

interface DocumentChoiceProps {
  chosen: readonly string[];
  error: string | undefined;
}

/** Documents of which a good answer cites one. Each goes with the form under `expected_documents`. */
export function DocumentChoice({ chosen: given, error }: DocumentChoiceProps) {
  const { t } = useText();
  const titles = useTitles();
  const [chosen, setChosen] = useState(given);
  const left = [...titles].filter(([id]) => !chosen.includes(id));
  const name = (id: string) => titles.get(id) ?? id;
  return (
    <div className="flex flex-col gap-2">
      <Select
        label={t("golden.documents")}
        hint={t("golden.documentsHint")}
        error={error}
        value=""
        disabled={chosen.length >= MOST}
        options={[
          { value: "", label: t("golden.chooseDocument") },
          ...left.map(([value, label]) => ({ value, label })),
        ]}
        onChange={(id) => setChosen([...chosen, id])}
      />
      {chosen.length > 0 && (
        <ul aria-label={t("golden.chosenDocuments")} className="flex flex-col gap-1">
          {chosen.map((id) => (
            <li key={id} className="bg-raised flex items-center gap-2 rounded-lg ps-3">
              <input type="hidden" name="expected_documents" value={id} />
              <bdi className="min-w-0 flex-1 truncate">{name(id)}</bdi>
              <IconButton
                icon="close"
                label={t("golden.removeDocument", { name: name(id) })}
                onClick={() => setChosen(chosen.filter((other) => other !== id))}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
