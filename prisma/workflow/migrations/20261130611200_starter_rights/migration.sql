-- Five lists of scopes become one, and the API key is noted with which an execution was started.
ALTER TABLE "workflow_executions"
    ADD COLUMN "starter_scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    ADD COLUMN "starter_key_id" TEXT;

UPDATE "workflow_executions" SET "starter_scopes" = ARRAY(
    SELECT DISTINCT scope FROM unnest("agent_scopes" || "context_scopes" || "workflow_scopes" || "event_scopes" || "service_scopes") scope
    ORDER BY scope
);

ALTER TABLE "workflow_executions"
    DROP COLUMN "agent_scopes",
    DROP COLUMN "context_scopes",
    DROP COLUMN "workflow_scopes",
    DROP COLUMN "event_scopes",
    DROP COLUMN "service_scopes";

-- Whoever runs a trigger by hand gives it no more than their own rights.
ALTER TABLE "workflow_trigger_firings" ADD COLUMN "caller_rights" JSONB;
