-- Bulk operations cancel or retry executions in the background, and keep how far they are.
CREATE TYPE "workflow_bulk_kind" AS ENUM ('CANCEL', 'RETRY');
CREATE TYPE "workflow_bulk_status" AS ENUM ('RUNNING', 'COMPLETED', 'STOPPED');

CREATE TABLE "workflow_bulk_operations" (
    "id" TEXT NOT NULL,
    "kind" "workflow_bulk_kind" NOT NULL,
    "status" "workflow_bulk_status" NOT NULL DEFAULT 'RUNNING',
    "owner_id" TEXT NOT NULL,
    "scopes" TEXT[],
    "role_ids" TEXT[],
    "selection" JSONB NOT NULL,
    "reason" TEXT,
    "selected" INTEGER NOT NULL,
    "succeeded" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "failures" JSONB NOT NULL DEFAULT '[]',
    "last_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "completed_at" TIMESTAMPTZ(3),
    CONSTRAINT "workflow_bulk_operations_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "workflow_bulk_operations_running_idx" ON "workflow_bulk_operations"("created_at", "id") WHERE status = 'RUNNING';
CREATE INDEX "workflow_bulk_operations_completed_at_idx" ON "workflow_bulk_operations"("completed_at");
