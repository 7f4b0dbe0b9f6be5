import type { AnyClient } from '../../clients/clients.ts';

export type IntegrationClientMapper = AnyClient;
