-- What a skipped step means for those that follow, what runs when a step has failed, how it is retried, and how long it
-- may wait to be started.
CREATE TYPE "workflow_on_skip" AS ENUM ('CONTINUE', 'SKIP_FOLLOWERS');

ALTER TABLE "workflow_steps"
  ADD COLUMN "on_skip" "workflow_on_skip" NOT NULL DEFAULT 'SKIP_FOLLOWERS',
  ADD COLUMN "on_failure" TEXT[] DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "retry_policy" JSONB,
  ADD COLUMN "wait_timeout_seconds" INTEGER;

-- What follows a skipped step of a sequence runs from now on.
UPDATE "workflow_steps" s SET "on_skip" = 'CONTINUE'
FROM "workflow_versions" v
WHERE v."workflow_id" = s."workflow_id" AND v."version" = s."version" AND v."type" = 'SEQUENTIAL';

-- Steps that wait to be started may have a deadline too.
DROP INDEX "workflow_step_executions_deadline_idx";
CREATE INDEX "workflow_step_executions_deadline_idx" ON "workflow_step_executions"("deadline_at")
  WHERE (status IN ('READY', 'RUNNING', 'WAITING') AND deadline_at IS NOT NULL);
