-- Null: as those who use an integration have told before, all or none of its operations.
ALTER TABLE "integration_uses" ADD COLUMN "dispensable" JSONB;

-- As agents tell from now on: their model is told that a tool cannot be called, and needs all of its tools to begin.
UPDATE "integration_uses" SET "has_fallback" = true, "dispensable" = '[]' WHERE "kind" = 'AGENT';
