import type { SigningKeyView } from '../../keys/signing-key-store.ts';

export type SigningKeyMapper = SigningKeyView;
