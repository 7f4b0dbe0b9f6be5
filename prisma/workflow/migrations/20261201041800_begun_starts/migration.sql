-- A rate limit counts executions when they begin, and those that are let in and have not begun yet.
ALTER TABLE "workflow_limited_starts" ADD COLUMN "begun_at" TIMESTAMPTZ(3);
UPDATE "workflow_limited_starts" SET "begun_at" = "let_in_at";
DROP INDEX "workflow_limited_starts_workflow_id_let_in_at_idx";
CREATE INDEX "workflow_limited_starts_begun_idx" ON "workflow_limited_starts"("workflow_id", "begun_at")
    WHERE let_in_at IS NOT NULL;
