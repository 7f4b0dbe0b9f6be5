-- What triggers by webhooks use is told from now on: of those that are there, within seconds.
UPDATE "workflows" SET "use_looks_again" = true
WHERE "id" IN (SELECT "workflow_id" FROM "workflow_triggers" WHERE "integration_id" IS NOT NULL);
