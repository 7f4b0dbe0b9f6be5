import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { GuardedHttp } from '@flowmesh/platform/http';
import type { ExecutionStore } from '../executions/execution-store.ts';
import { startSending } from './push-sending.ts';
import { PushService } from './push-service.ts';
import { PushStore } from './push-store.ts';

/** Tells addresses how executions get on. */
export function createPushes(
  domain: OpenDomain,
  { executions, http }: { readonly executions: ExecutionStore; readonly http: GuardedHttp },
): PushService {
  const { pool, queues, logger } = domain;
  const store = new PushStore(pool);
  const service = new PushService({ store, executions, box: domain.secrets.box, rules: http.rules });
  domain.inWorkers('pushes', () => startSending({ store, service, executions, http, queues, logger }));
  return service;
}
