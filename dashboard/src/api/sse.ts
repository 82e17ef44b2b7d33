/** Server-sent events read from a fetch body, which, unlike EventSource, carries the Authorization header. */

export interface SseEvent {
  event: string;
  data: string;
  id: string;
}

/** Parses the stream as the HTML standard says, whatever pieces it arrives in. */
export class SseParser {
  private rest = "";
  private started = false;
  private afterReturn = false;
  private event = "";
  private data: string[] = [];
  private id = "";

  push(piece: string): SseEvent[] {
    if (piece === "") return [];
    let text = piece;
    if (!this.started) {
      this.started = true;
      text = text.replace(/^\uFEFF/, "");
    }
    // A line that ended in CR ended then; the LF of a CR LF may come with the next piece.
    if (this.afterReturn) text = text.replace(/^\n/, "");
    this.afterReturn = piece.endsWith("\r");
    const lines = (this.rest + text).split(/\r\n|\n|\r/);
    this.rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.line(line) ?? []);
  }

  private line(line: string): SseEvent | null {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.event = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private dispatch(): SseEvent | null {
    const { event, data } = this;
    this.event = "";
    this.data = [];
    return data.length === 0 ? null : { event: event === "" ? "message" : event, data: data.join("\n"), id: this.id };
  }
}

/** The events of a response, until it ends or the reader stops asking. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
