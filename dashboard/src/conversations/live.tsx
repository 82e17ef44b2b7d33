/** The one live connection of a signed-in member, for every page. */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState, type ReactNode } from "react";

import { session } from "../api/session";
import { Socket, type Wire } from "../api/socket";
import { Reader } from "./news";
import { setTyping } from "./typing";

/** How often to ask while connected, for what no event tells, and while not. */
const CONNECTED_POLL_MS = 60_000;
const POLL_MS = 5_000;

const Connected = createContext(false);

export const useConnected = () => use(Connected);

/** Milliseconds between two readings of something that events keep current. */
export const usePoll = () => (use(Connected) ? CONNECTED_POLL_MS : POLL_MS);

const address = () => new URL("/api/v1/live", location.href.replace(/^http/, "ws")).href;

export function Live({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    const reader = new Reader(client, setTyping);
    const socket = new Socket({
      open: () => new WebSocket(address()) as Wire,
      token: () => session.accessToken(),
      refresh: (stale) => session.refresh(stale),
      onState: (connected) => {
        setConnected(connected);
        if (connected) reader.catchUp();
      },
      onMessage: (text) => reader.hear(text),
    });
    addEventListener("online", socket.hurry);
    return () => {
      removeEventListener("online", socket.hurry);
      socket.stop();
      reader.stop();
    };
  }, [client]);
  return <Connected value={connected}>{children}</Connected>;
}
