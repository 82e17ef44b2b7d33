/** The document whose details are open lives in the address: other pages lead to it. */
import { useSearchParams } from "react-router";

export const documentPath = (id: string) => `/documents?id=${id}`;

export function useShown() {
  const [search, setSearch] = useSearchParams();
  return {
    id: search.get("id"),
    show: (id: string | null) => setSearch(id === null ? {} : { id }, { replace: true }),
  };
}
