import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { AccessTokens } from './access-tokens.ts';
import { KeyRotation } from './key-rotation.ts';
import { SigningKeyStore } from './signing-key-store.ts';
import { SigningKeys } from './signing-keys.ts';

const ROTATE_EVERY_MS = 3_600_000;

/** The signing keys of access tokens: the first one is generated at the start, workers rotate them. */
export function createKeys(domain: OpenDomain, maxAgeSeconds: number) {
  const { pool, secrets, queues, logger } = domain;
  const store = new SigningKeyStore(pool);
  const keys = new SigningKeys(store, secrets.box);
  const rotation = new KeyRotation(store, keys, maxAgeSeconds);
  domain.prepare(async () => void (await keys.active()));
  domain.inWorkers('key rotation', () =>
    queues.repeat('auth-signing-keys', ROTATE_EVERY_MS, async () => {
      if (await rotation.rotateByAge()) logger.info('the next key of access tokens is published');
    }),
  );
  return { keys, rotation, accessTokens: new AccessTokens(keys), removeExpired: () => store.removeOld() };
}
