-- What the starter could do with the services that steps use, and why a step waits for one.
ALTER TABLE "workflow_executions" ADD COLUMN "service_scopes" TEXT[] DEFAULT ARRAY[]::TEXT[];
ALTER TABLE "workflow_step_executions" ADD COLUMN "waiting_reason" TEXT;
