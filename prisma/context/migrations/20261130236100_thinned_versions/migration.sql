-- Which versions executions have read or written: these are never thinned out. Of versions from before nobody knows: all stay.
ALTER TABLE "context_versions" ADD COLUMN "is_pinned" BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE "context_versions" ALTER COLUMN "is_pinned" SET DEFAULT false;

-- Which of the old versions have been found to stay, so that they are not looked at every minute.
ALTER TABLE "context_versions" ADD COLUMN "is_settled" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "context_versions_unsettled_idx" ON "context_versions"("created_at") WHERE (NOT is_settled);
