import { storableText } from '@flowmesh/platform/validation';

/** Text waits at most this long before it is stored and published. */
const FLUSH_AFTER_MS = 100;
/** Unstored text beyond this length is dropped; the final result is still complete. */
const MAX_BUFFERED_CHARACTERS = 1_000_000;

/** Collects partial output, so that a fast stream becomes a few writes a second. */
export class OutputBuffer {
  private text = '';
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    /** Stores a piece. Pieces come one after the other. */
    private readonly write: (delta: string) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  add(delta: string): void {
    if (this.closed || delta === '' || this.text.length >= MAX_BUFFERED_CHARACTERS) return;
    this.text += delta.slice(0, MAX_BUFFERED_CHARACTERS - this.text.length);
    this.timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS);
  }

  /** Takes nothing more; resolves when everything is stored. */
  async close(): Promise<void> {
    this.closed = true;
    this.flush();
    await this.writing;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(async () => {
      // Taken now: what came while the piece before was written goes along.
      const delta = storableText(this.text);
      this.text = '';
      if (delta === '') return;
      try {
        await this.write(delta);
      } catch (error) {
        this.onError(error);
      }
    });
  }
}
