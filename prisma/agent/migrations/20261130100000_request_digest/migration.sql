ALTER TABLE "agent_executions" ADD COLUMN "request_digest" TEXT;

-- The next one of an agent, however many wait.
CREATE INDEX "agent_executions_next_idx" ON "agent_executions" ("agent_id", "available_at", "id")
  WHERE status = 'QUEUED';
