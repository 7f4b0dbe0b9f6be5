import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { AddressRules } from '@flowmesh/platform/http';
import { EndpointService } from './endpoint-service.ts';
import { EndpointStore } from './endpoint-store.ts';

/** Addresses of their own that users have registered, each with its secret. */
export function createWebhooks({ pool, secrets }: OpenDomain, rules: AddressRules) {
  const endpoints = new EndpointStore(pool, secrets.box);
  return { endpoints, webhookEndpoints: new EndpointService(endpoints, rules) };
}
