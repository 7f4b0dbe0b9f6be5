-- What undoes the completed steps of executions that fail.
ALTER TABLE "workflow_steps" ADD COLUMN "compensation" JSONB;
ALTER TABLE "workflow_executions" ADD COLUMN "compensation_status" TEXT NOT NULL DEFAULT 'NONE';
CREATE INDEX "workflow_executions_compensating_idx" ON "workflow_executions"("compensation_status", "created_at", "id")
    WHERE (compensation_status IN ('PENDING', 'RUNNING', 'STUCK'));

CREATE TABLE "workflow_compensations" (
    "id" TEXT NOT NULL,
    "execution_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "source_execution_id" TEXT NOT NULL,
    "step_id" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'PENDING',
    "run_id" TEXT,
    "runs" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "workflow_compensations_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "workflow_compensations_execution_id_fkey" FOREIGN KEY ("execution_id")
        REFERENCES "workflow_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "workflow_compensations_execution_id_position_key"
    ON "workflow_compensations"("execution_id", "position");
CREATE UNIQUE INDEX "workflow_compensations_step_key" ON "workflow_compensations"("source_execution_id", "step_id");
CREATE INDEX "workflow_compensations_open_idx" ON "workflow_compensations"("execution_id", "position")
    WHERE (status NOT IN ('COMPLETED', 'SKIPPED'));

-- Who has decided what about them.
CREATE TABLE "workflow_compensation_decisions" (
    "id" TEXT NOT NULL,
    "compensation_id" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "reason" TEXT,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "workflow_compensation_decisions_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "workflow_compensation_decisions_compensation_id_fkey" FOREIGN KEY ("compensation_id")
        REFERENCES "workflow_compensations"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "workflow_compensation_decisions_compensation_id_decided_at_idx"
    ON "workflow_compensation_decisions"("compensation_id", "decided_at");
