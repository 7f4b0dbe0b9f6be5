-- For which agent and which workflow a context was read and written, beside for whom.
ALTER TABLE "context_versions" ADD COLUMN "agent_id" TEXT, ADD COLUMN "workflow_id" TEXT;

-- Empty: none. What was counted before is not known to be of one.
ALTER TABLE "context_accesses"
    ADD COLUMN "agent_id" TEXT NOT NULL DEFAULT '',
    ADD COLUMN "workflow_id" TEXT NOT NULL DEFAULT '',
    DROP CONSTRAINT "context_accesses_pkey",
    ADD CONSTRAINT "context_accesses_pkey" PRIMARY KEY ("context_id", "day", "reader_id", "agent_id", "workflow_id", "layer_id");
