-- Executions are given a context, at the version that is kept with them, and use it with no more rights than when they began.
ALTER TABLE "agent_executions"
    ADD COLUMN "context_id" TEXT,
    ADD COLUMN "context_version" INTEGER,
    ADD COLUMN "context_scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    ADD COLUMN "starter_role_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
    ADD COLUMN "workflow_id" TEXT;
