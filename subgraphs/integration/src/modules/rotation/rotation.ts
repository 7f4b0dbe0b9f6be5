import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { IntegrationStore } from '../integrations/integration-store.ts';
import { RotationService, type RotationServiceParts } from './rotation-service.ts';

const EVERY_MS = 10_000;

/** Rotation of credentials; what is past its time of grace is erased within half a minute. */
export function createRotation(
  domain: OpenDomain,
  { store, ...parts }: RotationServiceParts & { readonly store: IntegrationStore },
): RotationService {
  const { queues } = domain;
  domain.inWorkers('previous credentials', () =>
    queues.repeat('integration-previous-credentials', EVERY_MS, () => store.erasePreviousSecrets()),
  );
  return new RotationService(parts);
}
