import { QueryClientProvider } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { createHashRouter, Navigate, Outlet, RouterProvider, useRouteError } from "react-router";

import { Ask } from "./ask/page";
import { Documents } from "./documents/page";
import { Jobs } from "./jobs/page";
import { Knowledge } from "./knowledge/page";
import { queryClient } from "./query-client";
import { session } from "./api/session";
import { Layout } from "./shell/layout";
import { useMe } from "./shell/me";
import { SignIn } from "./sign-in/page";
import { Tenants } from "./tenants/page";
import { useText } from "./text/language";
import { Button } from "./ui/button";
import { Empty, Skeleton } from "./ui/state";
import { Toasts } from "./ui/toast";

const Home = () => <Navigate to={useMe().isOperator ? "/jobs" : "/documents"} replace />;

// An address may be left over from somebody else who was signed in here.
const MembersOnly = () => (useMe().isOperator ? <Navigate to="/" replace /> : <Outlet />);
const OperatorsOnly = () => (useMe().isOperator ? <Outlet /> : <Navigate to="/" replace />);

function NotFound() {
  const { t } = useText();
  return <Empty icon="alert" title={t("common.notFound")} />;
}

const Loading = () => (
  <main className="mx-auto w-full max-w-xl p-6">
    <Skeleton />
  </main>
);

function Crashed() {
  const { t } = useText();
  console.error(useRouteError());
  return (
    <Empty icon="alert" title={t("error.unexpected")}>
      <Button onClick={() => location.reload()}>{t("error.reload")}</Button>
    </Empty>
  );
}

// What is large and not needed first is loaded when it is opened.
const knowledge = () => import("./knowledge/sections");
const inbox = () => import("./conversations/page");
const settings = () => import("./settings/sections");

// Behind a hash, a page's address never meets the server's own paths (/docs, /metrics, /widget …).
const router = createHashRouter([
  {
    element: <Layout />,
    errorElement: <Crashed />,
    hydrateFallbackElement: <Loading />,
    children: [
      { index: true, element: <Home /> },
      { path: "jobs", element: <Jobs /> },
      {
        element: <MembersOnly />,
        children: [
          { path: "conversations", lazy: async () => ({ Component: (await inbox()).Conversations }) },
          {
            path: "documents",
            element: <Knowledge />,
            children: [
              { index: true, element: <Documents /> },
              { path: "web", lazy: async () => ({ Component: (await knowledge()).Sources }) },
              { path: "web/:id", lazy: async () => ({ Component: (await knowledge()).SourceDetail }) },
              { path: "quality", lazy: async () => ({ Component: (await knowledge()).Quality }) },
              { path: "quality/:id", lazy: async () => ({ Component: (await knowledge()).EvaluationDetail }) },
            ],
          },
          { path: "ask", element: <Ask /> },
          {
            path: "settings",
            lazy: async () => ({ Component: (await settings()).Settings }),
            children: [
              { index: true, element: <Navigate to="bot" replace /> },
              { path: "bot", lazy: async () => ({ Component: (await settings()).BotSettings }) },
              { path: "channels", lazy: async () => ({ Component: (await settings()).Channels }) },
              { path: "canned-replies", lazy: async () => ({ Component: (await settings()).CannedReplies }) },
              { path: "webhooks", lazy: async () => ({ Component: (await settings()).Webhooks }) },
              { path: "api-keys", lazy: async () => ({ Component: (await settings()).ApiKeys }) },
              { path: "members", lazy: async () => ({ Component: (await settings()).Members }) },
            ],
          },
        ],
      },
      { element: <OperatorsOnly />, children: [{ path: "tenants", element: <Tenants /> }] },
      { path: "*", element: <NotFound /> },
    ],
  },
]);

export function App() {
  const signedIn = useSyncExternalStore(session.subscribe, session.isSignedIn);
  return (
    <QueryClientProvider client={queryClient}>
      {signedIn ? <RouterProvider router={router} /> : <SignIn />}
      <Toasts />
    </QueryClientProvider>
  );
}
