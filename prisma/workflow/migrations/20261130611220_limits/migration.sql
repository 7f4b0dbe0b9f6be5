-- Limits of workflows: how many executions run at once, and begin in a time; and the priority of executions.
CREATE TYPE "workflow_on_limit" AS ENUM ('QUEUE', 'REJECT', 'CANCEL_OLDEST');
CREATE TYPE "workflow_start_gate" AS ENUM ('QUEUED', 'PASSED');

CREATE TABLE "workflow_limits" (
    "workflow_id" TEXT NOT NULL,
    "max_running" INTEGER,
    "running_key" TEXT,
    "on_limit" "workflow_on_limit" NOT NULL DEFAULT 'QUEUE',
    "max_begun" INTEGER,
    "per_seconds" INTEGER,
    "begun_key" TEXT,
    CONSTRAINT "workflow_limits_pkey" PRIMARY KEY ("workflow_id"),
    CONSTRAINT "workflow_limits_workflow_id_fkey" FOREIGN KEY ("workflow_id") REFERENCES "workflows"("id")
        ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "workflow_limited_starts" (
    "execution_id" TEXT NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "running_key" TEXT NOT NULL,
    "begun_key" TEXT NOT NULL,
    "turn" INTEGER NOT NULL,
    "let_in_at" TIMESTAMPTZ(3),
    CONSTRAINT "workflow_limited_starts_pkey" PRIMARY KEY ("execution_id"),
    CONSTRAINT "workflow_limited_starts_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "workflow_executions"("id")
        ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "workflow_limited_starts_waiting_idx" ON "workflow_limited_starts"("workflow_id", "running_key", "turn", "execution_id")
    WHERE let_in_at IS NULL;
CREATE INDEX "workflow_limited_starts_workflow_id_let_in_at_idx" ON "workflow_limited_starts"("workflow_id", "let_in_at");

ALTER TABLE "workflow_executions"
    ADD COLUMN "start_gate" "workflow_start_gate",
    ADD COLUMN "priority" INTEGER NOT NULL DEFAULT 1;
CREATE INDEX "workflow_executions_gated_idx" ON "workflow_executions"("workflow_id")
    WHERE start_gate = 'PASSED' AND status IN ('PENDING', 'RUNNING', 'PAUSED', 'WAITING');
DROP INDEX "workflow_executions_turns_idx";
CREATE INDEX "workflow_executions_turns_idx" ON "workflow_executions"("started_by_id", "priority", "turn")
    WHERE status = 'PENDING' AND turn IS NOT NULL;
