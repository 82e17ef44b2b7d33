import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = "http://127.0.0.1:8000";

export default defineConfig({
  base: "/",
  plugins: [react(), tailwindcss()],
  build: {
    // Colours are written once with light-dark(); older targets would have it rewritten into twice the CSS.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The server's policy allows no data: or inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(
      ["/api", "/health", "/openapi.json", "/docs", "/redoc", "/widget"].map((path) => [path, api]),
    ),
  },
  test: { environment: "jsdom", include: ["{src,widget}/**/*.test.{ts,tsx}"], restoreMocks: true, unstubGlobals: true },
});
