const HEADER_BYTES = 4;

/** The length of what follows, as a process of the sandbox expects it before each task. */
export function frameHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(length);
  return header;
}

/** Puts together what a process of the sandbox answers: a length and as many bytes, one answer after the other. */
export class FrameReader {
  private broken = false;
  private chunks: Buffer[] = [];
  private length = 0;

  constructor(
    private readonly onFrame: (frame: Buffer) => void,
    /** Of one answer. */
    private readonly maxBytes: number,
    /** Called once, when an answer is larger; nothing is taken from then on. */
    private readonly onTooLarge: () => void,
  ) {}

  add(chunk: Buffer): void {
    if (this.broken) return;
    this.chunks.push(chunk);
    this.length += chunk.length;
    for (let frame = this.take(); frame; frame = this.take()) this.onFrame(frame);
  }

  private take(): Buffer | undefined {
    if (this.length < HEADER_BYTES) return undefined;
    const first = this.chunks[0];
    const header = first && first.length >= HEADER_BYTES ? first : this.joined();
    const length = header.readUInt32LE();
    if (length > this.maxBytes) {
      this.broken = true;
      this.chunks = [];
      this.onTooLarge();
      return undefined;
    }
    const end = HEADER_BYTES + length;
    if (this.length < end) return undefined;
    const all = this.joined();
    this.chunks = all.length > end ? [all.subarray(end)] : [];
    this.length = all.length - end;
    return all.subarray(HEADER_BYTES, end);
  }

  private joined(): Buffer {
    const [first] = this.chunks;
    const all = this.chunks.length === 1 && first ? first : Buffer.concat(this.chunks);
    this.chunks = [all];
    return all;
  }
}
