/** What each kind of channel needs to be connected. */
import { CHANNEL_KINDS, type Channel, type ChannelKind } from "../api/conversation";
import { fieldSecret, fieldText } from "../ui/field";

export interface ChannelField {
  name: string;
  in: "settings" | "secrets";
  required: boolean;
  /** We choose it, and the provider is told. */
  generated: boolean;
}

const setting = (name: string, required = true): ChannelField => ({ name, in: "settings", required, generated: false });
const secret = (name: string, generated = false): ChannelField => ({ name, in: "secrets", required: true, generated });

const META_FIELDS = [
  setting("app_id", false),
  secret("access_token"),
  secret("app_secret"),
  secret("verify_token", true),
];

const META_KINDS: readonly ChannelKind[] = ["whatsapp", "instagram", "messenger"];

/** Whether it can be connected by a login at Meta. */
export const isOfMeta = (kind: ChannelKind): boolean => META_KINDS.includes(kind);

/** Web chat has its own fields: which pages may show it, and how it looks. */
export const FIELDS: Record<ChannelKind, readonly ChannelField[]> = {
  web: [],
  whatsapp: [setting("phone_number_id"), setting("business_account_id", false), ...META_FIELDS],
  instagram: [setting("account_id"), ...META_FIELDS],
  messenger: [setting("account_id"), ...META_FIELDS],
  telegram: [secret("bot_token"), secret("secret_token", true)],
  slack: [setting("team_id", false), secret("bot_token"), secret("signing_secret")],
};

const GUIDES = "https://github.com/wafaa-ai/wafaa/blob/main/docs/guides/channels";

export const guideOf = (kind: ChannelKind): string => `${GUIDES}/${kind}.md`;

export const isKind = (name: string): name is ChannelKind => CHANNEL_KINDS.some((kind) => kind === name);

/** A word that nobody guesses, of letters that every provider takes. */
export function randomToken(): string {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => letters[byte % letters.length]).join("");
}

export interface ChannelBody {
  name: string;
  settings: Record<string, unknown>;
  /** Only those that were filled in: an empty field keeps what is stored. */
  secrets: Record<string, string>;
  /** From a login at Meta, in place of an access token. */
  grant?: string;
}

const DEFAULT_COLOUR = "#0d6e66";

export const MODES = ["auto", "light", "dark"] as const;
export const POSITIONS = ["end", "start"] as const;

/** How the chat on a website looks. */
export interface Theme {
  mode: (typeof MODES)[number];
  color: string;
  /** At which end of a line it stands. */
  position: (typeof POSITIONS)[number];
}

export function themeOf(channel: Channel | null): Theme {
  const { mode, color, position } = (channel?.settings.theme ?? {}) as Partial<Theme>;
  return { mode: mode ?? "auto", color: color ?? DEFAULT_COLOUR, position: position ?? "end" };
}

export function originsOf(channel: Channel | null): string[] {
  const origins = channel?.settings.allowed_origins;
  return Array.isArray(origins) ? origins.filter((origin): origin is string => typeof origin === "string") : [];
}

const linesOf = (text: string) => text.split(/[\s,،]+/).filter((line) => line !== "");

function webSettings(form: FormData, before: Record<string, unknown>): Record<string, unknown> {
  const [mode, color, position] = ["mode", "color", "position"].map((name) => fieldText(form, name));
  return {
    allowed_origins: linesOf(fieldText(form, "allowed_origins")),
    // A theme is replaced as a whole.
    theme: { ...(before.theme as object | undefined), mode, color, position },
  };
}

/** The channel as the form has it. What isn't in it stays as it is; null takes a setting away. */
export function readChannel(kind: ChannelKind, form: FormData, before: Record<string, unknown> = {}): ChannelBody {
  const name = fieldText(form, "name");
  if (kind === "web") return { name, settings: webSettings(form, before), secrets: {} };
  const settings: Record<string, unknown> = {};
  const secrets: Record<string, string> = {};
  for (const field of FIELDS[kind]) {
    if (field.in === "settings") {
      const value = fieldText(form, field.name);
      if (value !== "" || field.required) settings[field.name] = value;
      else if (field.name in before) settings[field.name] = null;
    } else {
      const value = fieldSecret(form, field.name).trim();
      if (value !== "") secrets[field.name] = value;
    }
  }
  return { name, settings, secrets };
}
