/** Builds the chat for tenants' web sites into one file beside the dashboard. */

import { defineConfig } from "vite";

export default defineConfig({
  build: {
    emptyOutDir: false,
    copyPublicDir: false,
    target: ["chrome123", "firefox120", "safari17.5"],
    lib: { entry: "widget/main.ts", formats: ["iife"], name: "wafaa", fileName: () => "widget.js" },
  },
});
