import type { Connection } from '@flowmesh/platform/connections';
import type { StepNotification } from '../executions/notifications/notification-store.ts';

export type WorkflowNotificationMapper = StepNotification;
export type WorkflowNotificationConnectionMapper = Connection<StepNotification>;
