ALTER TABLE "workflow_executions" ADD COLUMN "request_digest" TEXT;
