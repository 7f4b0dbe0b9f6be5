ALTER TABLE "workflow_step_executions"
  ADD COLUMN "waits" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "waiting_for" TEXT,
  ADD COLUMN "waiting_since" TIMESTAMPTZ(3);

-- Held ids of executions; now attempts are named.
UPDATE "workflow_step_executions" SET "agent_stops" = '{}' WHERE "agent_stops" <> '{}';
