ALTER TABLE "workflow_step_executions"
  ADD COLUMN "faults" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "agent_unheard_since" TIMESTAMPTZ(3);
