/** Errors of the API as RFC 9457 `application/problem+json`, and those of the way there. */

export interface FieldError {
  field: string;
  message: string;
}

interface ProblemBody {
  code?: unknown;
  title?: unknown;
  detail?: unknown;
  request_id?: unknown;
  errors?: unknown;
}

export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** Stable, for programs; `network` when no answer came. */
    readonly code: string,
    detail: string,
    readonly errors: readonly FieldError[] = [],
    readonly requestId: string | null = null,
  ) {
    super(detail);
    this.name = "ApiError";
  }

  /** What the API says of one field of the form. */
  field(name: string): string | undefined {
    return this.errors.find((error) => error.field === name)?.message;
  }
}

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const { field, name, pointer, message, detail } = entry as Record<string, unknown>;
    const where = text(field) ?? text(name) ?? text(pointer)?.replace(/^#?\//, "") ?? null;
    const what = text(message) ?? text(detail);
    return where !== null && what !== null ? [{ field: where, message: what }] : [];
  });
}

/** Reads a problem from its text; anything else becomes an error that still names the status. */
export function parseProblem(status: number, body: string, requestId: string | null = null): ApiError {
  let problem: ProblemBody = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null) problem = parsed;
  } catch {
    // A proxy's page, or nothing: the status has to do.
  }
  return new ApiError(
    status,
    text(problem.code) ?? `http_${status}`,
    text(problem.detail) ?? text(problem.title) ?? `HTTP ${status}`,
    fieldErrors(problem.errors),
    text(problem.request_id) ?? requestId,
  );
}

export async function problemOf(response: Response): Promise<ApiError> {
  const body = await response.text().catch(() => "");
  return parseProblem(response.status, body, response.headers.get("x-request-id"));
}

export const networkError = (): ApiError => new ApiError(0, "network", "The server could not be reached.");

/** What the API says of one field, whatever was thrown. */
export const fieldError = (error: unknown, name: string): string | undefined =>
  error instanceof ApiError ? error.field(name) : undefined;
