-- Operations without which executions go on, as the integration domain was told.
ALTER TABLE "workflows" ADD COLUMN "dispensable_operations" JSONB NOT NULL DEFAULT '{}';

-- Of workflows that are there, it is told within seconds, with what their triggers wait for.
UPDATE "workflows" SET "use_looks_again" = true
WHERE "use_version" > 0 OR "id" IN (SELECT "workflow_id" FROM "workflow_triggers" WHERE "integration_id" IS NOT NULL);
