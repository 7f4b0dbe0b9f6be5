ALTER TABLE "agent_executions"
  ADD COLUMN "request_digest" TEXT,
  ADD COLUMN "waiting_since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

UPDATE "agent_executions" SET "waiting_since" = "queued_at" WHERE status IN ('QUEUED', 'RUNNING');

-- The next one of an agent, however many wait.
CREATE INDEX "agent_executions_next_idx" ON "agent_executions" ("agent_id", "waiting_since", "id")
  WHERE status = 'QUEUED';
