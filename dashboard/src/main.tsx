import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "./app.css";
import { App } from "./app";
import { readReturn, tell } from "./settings/meta-login";
import { MetaReturn } from "./settings/meta-return";

const root = document.getElementById("root");
const back = readReturn(location);
if (back !== null) {
  tell(back);
  // What came back is for the window that waits, not for the history.
  history.replaceState(null, "", location.pathname);
  window.close();
}
if (root) createRoot(root).render(<StrictMode>{back === null ? <App /> : <MetaReturn />}</StrictMode>);
