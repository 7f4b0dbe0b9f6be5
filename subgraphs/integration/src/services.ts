import type { EventBus, EventLog } from '@flowmesh/platform/events';
import type { AnalyticsService } from './modules/analytics/analytics-service.ts';
import type { AuthorizationService } from './modules/authorization/authorization-service.ts';
import type { CallService } from './modules/calls/call-service.ts';
import type { ClientService } from './modules/clients/client-service.ts';
import type { DependentService } from './modules/dependents/dependent-service.ts';
import type { HealthService } from './modules/health/health-service.ts';
import type { IntegrationService } from './modules/integrations/integration-service.ts';
import type { OpenApiService } from './modules/openapi/openapi-service.ts';
import type { RotationService } from './modules/rotation/rotation-service.ts';
import type { WebhookService } from './modules/webhooks/webhook-service.ts';
import type { PolicyService } from './modules/policies/policy-service.ts';

/** What resolvers reach. */
export interface Services {
  readonly integrations: IntegrationService;
  readonly clients: ClientService;
  readonly calls: CallService;
  readonly analytics: AnalyticsService;
  readonly policies: PolicyService;
  readonly health: HealthService;
  readonly authorization: AuthorizationService;
  readonly openApi: OpenApiService;
  readonly rotation: RotationService;
  readonly webhooks: WebhookService;
  readonly dependents: DependentService;
  /** Where the service of an integration reports. */
  readonly webhookUrl: (integrationId: string) => string;
  readonly log: EventLog;
  readonly bus: EventBus;
}
