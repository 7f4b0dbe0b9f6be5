export { keepSealed, type KeepSealedOptions } from './keep-sealed.ts';
export { keptSecret, type Destination, type KeptSecret } from './kept-secret.ts';
export { createKeyRing, type KeyRing, type RootKey } from './key-ring.ts';
export { Mask } from './mask.ts';
export { reseal, type ResealReport, type SealedColumn } from './reseal.ts';
export { createSecretBox, type SecretBox } from './secret-box.ts';
export { SecretError } from './secret-error.ts';
