import type { Authorization } from './authorization-service.ts';

export type IntegrationAuthorizationMapper = Authorization;
