/** Gathers what comes in quick succession: the first is acted on at once, the rest together a little later. */
export class Gather<T> {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private meanwhile = new Set<T>();

  constructor(
    private readonly everyMs: number,
    private readonly act: (items: ReadonlySet<T>) => void,
  ) {}

  add(item: T): void {
    this.meanwhile.add(item);
    if (this.timer === null) this.flush();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.meanwhile.clear();
  }

  private flush(): void {
    this.timer = null;
    if (this.meanwhile.size === 0) return;
    const items = this.meanwhile;
    this.meanwhile = new Set();
    this.timer = setTimeout(() => this.flush(), this.everyMs);
    this.act(items);
  }
}
