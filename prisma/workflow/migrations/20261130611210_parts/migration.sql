-- How many items and rounds an execution has begun, and an index of those that are open.
ALTER TABLE "workflow_executions" ADD COLUMN "parts_begun" INTEGER NOT NULL DEFAULT 0;
CREATE INDEX "workflow_executions_open_parts_idx" ON "workflow_executions"("root_execution_id")
    WHERE root_execution_id IS NOT NULL AND status IN ('PENDING', 'RUNNING', 'PAUSED', 'WAITING');
