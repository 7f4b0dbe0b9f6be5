-- Executions have a context; steps note at which version they read it and with which they wrote it.
CREATE TYPE "workflow_context_mode" AS ENUM ('GIVEN', 'CREATE');
ALTER TABLE "workflows" ADD COLUMN "context_mode" "workflow_context_mode" NOT NULL DEFAULT 'GIVEN';
ALTER TABLE "workflow_versions" ADD COLUMN "context_mode" "workflow_context_mode" NOT NULL DEFAULT 'GIVEN';
ALTER TABLE "workflow_executions"
    ADD COLUMN "context_id" TEXT,
    ADD COLUMN "context_scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    ADD COLUMN "starter_role_ids" TEXT[] DEFAULT ARRAY[]::TEXT[];
ALTER TABLE "workflow_step_executions"
    ADD COLUMN "context_version" INTEGER,
    ADD COLUMN "context_written" INTEGER,
    ADD COLUMN "unwritten" BOOLEAN NOT NULL DEFAULT false;
