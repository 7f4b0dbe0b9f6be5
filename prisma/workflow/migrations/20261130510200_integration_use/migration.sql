-- Which integrations a workflow was told to use.
ALTER TABLE "workflows"
    ADD COLUMN "integration_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
    ADD COLUMN "use_version" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "use_told_name" TEXT,
    ADD COLUMN "use_looks_again" BOOLEAN NOT NULL DEFAULT false;

CREATE INDEX "workflows_use_looks_again_idx" ON "workflows"("updated_at") WHERE (use_looks_again);
