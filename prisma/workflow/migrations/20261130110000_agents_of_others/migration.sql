-- To give work to agents of somebody else takes agent:execute-any from now on. What was begun by whoever saw everybody's
-- agents could use them, and ends as it began.
UPDATE "workflow_executions" SET "agent_scopes" = array_append("agent_scopes", 'agent:execute-any')
WHERE "completed_at" IS NULL AND "agent_scopes" @> ARRAY['agent:read-any', 'agent:execute'];
