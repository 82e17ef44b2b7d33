import { setLanguage, useText } from "../text/language";
import type { Language } from "../text/catalogue";
import { MenuChoice } from "../ui/menu";
import { setTheme, useTheme, type Theme } from "./theme";

const LANGUAGES: readonly Language[] = ["en", "ar"];
const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** Language and appearance, inside a menu. */
export function Preferences() {
  const { t, language } = useText();
  const theme = useTheme();
  return (
    <>
      <MenuChoice
        label={t("language.label")}
        value={language}
        onChange={setLanguage}
        options={LANGUAGES.map((value) => ({ value, label: t(`language.${value}`) }))}
      />
      <MenuChoice
        label={t("theme.label")}
        value={theme}
        onChange={setTheme}
        options={THEMES.map((value) => ({ value, label: t(`theme.${value}`) }))}
      />
    </>
  );
}
