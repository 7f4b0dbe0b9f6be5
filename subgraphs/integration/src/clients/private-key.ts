import { createPrivateKey, type KeyObject } from 'node:crypto';

/** An RSA key in PEM, also as JSON writes it (`\n` for line ends); null for anything else. */
export function readPrivateKey(text: string): KeyObject | null {
  try {
    const key = createPrivateKey(text.replaceAll('\\n', '\n'));
    return key.asymmetricKeyType === 'rsa' ? key : null;
  } catch {
    return null;
  }
}
