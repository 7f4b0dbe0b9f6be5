-- What executions write while they run.
ALTER TABLE "workflow_executions" ADD COLUMN "log_seq" INTEGER NOT NULL DEFAULT 0;

CREATE TABLE "workflow_execution_logs" (
  "execution_id" TEXT NOT NULL,
  "seq" INTEGER NOT NULL,
  "time" TIMESTAMPTZ(3) NOT NULL,
  "step_id" TEXT,
  "attempt" INTEGER,
  "level" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "message" TEXT NOT NULL,
  "data" JSONB,
  "agent_execution_id" TEXT,
  "origin" TEXT,
  CONSTRAINT "workflow_execution_logs_pkey" PRIMARY KEY ("execution_id", "seq"),
  CONSTRAINT "workflow_execution_logs_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "workflow_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "workflow_execution_logs_time_idx" ON "workflow_execution_logs" USING BRIN ("time");
CREATE UNIQUE INDEX "workflow_execution_logs_origin_key" ON "workflow_execution_logs"("execution_id", "origin") WHERE (origin IS NOT NULL);
