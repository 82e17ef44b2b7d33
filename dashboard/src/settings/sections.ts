/** Every section of the settings, loaded together. */
export { ApiKeys } from "./api-keys";
export { BotSettings } from "./bot";
export { CannedReplies } from "./canned-replies";
export { Channels } from "./channels";
export { Members } from "./members";
export { Settings } from "./page";
export { Webhooks } from "./webhooks";
