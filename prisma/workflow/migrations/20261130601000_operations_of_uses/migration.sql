-- Which operations of its integrations a workflow calls. What was told without them is told again.
ALTER TABLE "workflows" ADD COLUMN "integration_operations" JSONB NOT NULL DEFAULT '{}';
UPDATE "workflows" SET "use_looks_again" = true WHERE "integration_ids" <> '{}';
