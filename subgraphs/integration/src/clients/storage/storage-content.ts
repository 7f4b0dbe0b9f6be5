import { isUtf8 } from 'node:buffer';
import { InvalidCallInput } from '../integration-client.ts';

export type ContentEncoding = 'TEXT' | 'BASE64';

/** Throws `InvalidCallInput` for what is no base64. */
export function bytesOf(content: string, encoding: ContentEncoding): Uint8Array {
  if (encoding === 'TEXT') return Buffer.from(content);
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(content) && content.length % 4 === 0) return Buffer.from(content, 'base64');
  throw new InvalidCallInput([{ path: 'content', message: 'must be base64' }]);
}

/** As asked for; otherwise as text, if it is one (UTF-8 without NUL, which JSON cannot be stored with). Throws `InvalidCallInput` when a text is asked for that is none. */
export function contentOf(bytes: Buffer, wanted: ContentEncoding | undefined) {
  const isText = isUtf8(bytes) && !bytes.includes(0);
  if (wanted === 'TEXT' && !isText) {
    throw new InvalidCallInput([
      { path: 'encoding', message: 'must be BASE64: the content is not UTF-8, or contains NUL' },
    ]);
  }
  const encoding = wanted ?? (isText ? 'TEXT' : 'BASE64');
  return { content: bytes.toString(encoding === 'TEXT' ? 'utf8' : 'base64'), encoding };
}
