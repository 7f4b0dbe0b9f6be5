-- Whether the agent has got to know the context that its execution was given: of earlier executions, whether it could.
ALTER TABLE "agent_executions" ADD COLUMN "context_read" BOOLEAN NOT NULL DEFAULT false;
UPDATE "agent_executions" e SET "context_read" = true FROM "agents" a
WHERE a."id" = e."agent_id" AND e."context_id" IS NOT NULL AND e."started_at" IS NOT NULL
  AND (a."kind" = 'HTTP' OR a."configuration" ->> 'contextUse' IN ('PROMPT', 'TOOLS'));
