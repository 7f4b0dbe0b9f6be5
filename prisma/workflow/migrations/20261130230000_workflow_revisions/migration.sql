-- Counts every change of a workflow, also those that make no new version. What was there is at its first.
ALTER TABLE "workflows" ADD COLUMN "revision" INTEGER NOT NULL DEFAULT 1;
