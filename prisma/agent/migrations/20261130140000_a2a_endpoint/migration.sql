-- What callers say belongs together.
ALTER TABLE "agent_executions" ADD COLUMN "conversation_id" TEXT;
CREATE INDEX "agent_executions_conversation_idx" ON "agent_executions"("conversation_id", "queued_at", "id") WHERE (conversation_id IS NOT NULL);

-- Addresses that are told how executions get on.
CREATE TABLE "agent_execution_pushes" (
    "id" TEXT NOT NULL,
    "execution_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "created_by_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "sealed_secrets" TEXT,
    "protocol_version" TEXT NOT NULL,
    "told_status" "agent_execution_status",
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "agent_execution_pushes_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "agent_execution_pushes_execution_id_key_key" ON "agent_execution_pushes"("execution_id", "key");
CREATE INDEX "agent_execution_pushes_open_idx" ON "agent_execution_pushes"("next_at") WHERE (ended_at IS NULL);
ALTER TABLE "agent_execution_pushes" ADD CONSTRAINT "agent_execution_pushes_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "agent_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
