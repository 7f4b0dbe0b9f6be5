-- Executions that are a part of another: an item or a round of one of its steps.
ALTER TABLE "workflow_executions"
    ADD COLUMN "parent_execution_id" TEXT,
    ADD COLUMN "parent_step_id" TEXT,
    ADD COLUMN "parent_generation" INTEGER,
    ADD COLUMN "item_index" INTEGER,
    ADD COLUMN "item" JSONB,
    ADD COLUMN "scope" TEXT,
    ADD COLUMN "root_execution_id" TEXT,
    ADD COLUMN "depth" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "workflow_scopes" TEXT[] DEFAULT ARRAY[]::TEXT[];
ALTER TABLE "workflow_executions" ADD CONSTRAINT "workflow_executions_parent_execution_id_fkey"
    FOREIGN KEY ("parent_execution_id") REFERENCES "workflow_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "workflow_step_executions"
    ADD COLUMN "items" JSONB,
    ADD COLUMN "children_total" INTEGER,
    ADD COLUMN "children_completed" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "children_failed" INTEGER NOT NULL DEFAULT 0;

-- Each is begun once.
CREATE UNIQUE INDEX "workflow_executions_parent_execution_id_parent_step_id_pare_key"
    ON "workflow_executions"("parent_execution_id", "parent_step_id", "parent_generation", "item_index");
CREATE INDEX "workflow_executions_open_children_idx" ON "workflow_executions"("parent_execution_id")
    WHERE parent_execution_id IS NOT NULL AND status IN ('PENDING', 'RUNNING', 'PAUSED', 'WAITING');
CREATE INDEX "workflow_executions_root_idx" ON "workflow_executions"("root_execution_id")
    WHERE root_execution_id IS NOT NULL;
CREATE INDEX "workflow_step_executions_bodies_idx" ON "workflow_step_executions"("execution_id")
    WHERE status = 'WAITING' AND children_total IS NOT NULL;

-- Lists show those that somebody started.
DROP INDEX "workflow_executions_workflow_id_completed_at_id_idx";
DROP INDEX "workflow_executions_owner_id_created_at_id_idx";
DROP INDEX "workflow_executions_owner_id_completed_at_id_idx";
DROP INDEX "workflow_executions_started_by_id_created_at_id_idx";
DROP INDEX "workflow_executions_started_by_id_completed_at_id_idx";
DROP INDEX "workflow_executions_status_created_at_id_idx";
DROP INDEX "workflow_executions_created_at_id_idx";
DROP INDEX "workflow_executions_completed_at_id_idx";
CREATE INDEX "workflow_executions_workflow_id_completed_at_id_idx" ON "workflow_executions"("workflow_id", "completed_at", "id")
    WHERE parent_execution_id IS NULL;
CREATE INDEX "workflow_executions_owner_id_created_at_id_idx" ON "workflow_executions"("owner_id", "created_at", "id")
    WHERE parent_execution_id IS NULL;
CREATE INDEX "workflow_executions_owner_id_completed_at_id_idx" ON "workflow_executions"("owner_id", "completed_at", "id")
    WHERE parent_execution_id IS NULL;
CREATE INDEX "workflow_executions_started_by_id_created_at_id_idx" ON "workflow_executions"("started_by_id", "created_at", "id")
    WHERE parent_execution_id IS NULL;
CREATE INDEX "workflow_executions_started_by_id_completed_at_id_idx" ON "workflow_executions"("started_by_id", "completed_at", "id")
    WHERE parent_execution_id IS NULL;
CREATE INDEX "workflow_executions_status_created_at_id_idx" ON "workflow_executions"("status", "created_at", "id")
    WHERE parent_execution_id IS NULL;
CREATE INDEX "workflow_executions_created_at_id_idx" ON "workflow_executions"("created_at", "id")
    WHERE parent_execution_id IS NULL;
CREATE INDEX "workflow_executions_completed_at_id_idx" ON "workflow_executions"("completed_at", "id")
    WHERE parent_execution_id IS NULL;
