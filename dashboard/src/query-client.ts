/** The cache of what the server said. It is emptied when somebody else may be signed in. */
import { QueryClient } from "@tanstack/react-query";

import { ApiError } from "./api/problem";
import { session } from "./api/session";

const mayPass = (error: unknown) => !(error instanceof ApiError) || error.status === 0 || error.status >= 500;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: (failures, error) => failures < 2 && mayPass(error), staleTime: 5_000 },
  },
});

session.subscribe(() => {
  if (!session.isSignedIn()) queryClient.clear();
});
