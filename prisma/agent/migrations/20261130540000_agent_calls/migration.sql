-- What agents call in an execution: models and tools, each as it happens.
CREATE TYPE "agent_call_kind" AS ENUM ('MODEL', 'TOOL');
CREATE TYPE "agent_call_status" AS ENUM ('RUNNING', 'COMPLETED', 'FAILED');

CREATE TABLE "agent_execution_calls" (
    "id" TEXT NOT NULL,
    "execution_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "lease_token" TEXT NOT NULL,
    "kind" "agent_call_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "status" "agent_call_status" NOT NULL DEFAULT 'RUNNING',
    "input" JSONB,
    "input_cut" BOOLEAN NOT NULL DEFAULT false,
    "output" JSONB,
    "output_cut" BOOLEAN NOT NULL DEFAULT false,
    "error" JSONB,
    "input_tokens" INTEGER,
    "output_tokens" INTEGER,
    "total_tokens" INTEGER,
    "cost_usd" DOUBLE PRECISION,
    "latency_ms" INTEGER,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "agent_execution_calls_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "agent_execution_calls_execution_id_started_at_id_idx" ON "agent_execution_calls"("execution_id", "started_at", "id");
CREATE INDEX "agent_execution_calls_started_at_idx" ON "agent_execution_calls"("started_at");
ALTER TABLE "agent_execution_calls" ADD CONSTRAINT "agent_execution_calls_execution_id_fkey"
    FOREIGN KEY ("execution_id") REFERENCES "agent_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the starter could do with integrations and other agents; on behalf of which executions it is done.
ALTER TABLE "agent_executions"
    ADD COLUMN "tool_scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    ADD COLUMN "workflow_execution_id" TEXT,
    ADD COLUMN "parent_id" TEXT,
    ADD COLUMN "ancestor_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
    ADD COLUMN "ancestor_agent_ids" TEXT[] DEFAULT ARRAY[]::TEXT[];
CREATE INDEX "agent_executions_children_idx" ON "agent_executions"("parent_id") WHERE (parent_id IS NOT NULL AND status IN ('QUEUED', 'RUNNING'));
