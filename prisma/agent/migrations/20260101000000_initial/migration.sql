-- Agents, their executions, and the domain's events.
CREATE TYPE "agent_status" AS ENUM ('ACTIVE', 'INACTIVE', 'ERROR');

CREATE TYPE "agent_kind" AS ENUM ('BUILTIN', 'HTTP', 'LLM');

CREATE TYPE "agent_execution_status" AS ENUM ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'STOPPED');

CREATE TABLE "agents" (
    "id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "description" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "status" "agent_status" NOT NULL DEFAULT 'ACTIVE',
    "capabilities" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "input_schema" JSONB,
    "output_schema" JSONB,
    "kind" "agent_kind" NOT NULL,
    "configuration" JSONB NOT NULL,
    "sealed_secrets" TEXT,
    "timeout_seconds" INTEGER NOT NULL,
    "retry_policy" JSONB NOT NULL,
    "concurrency_limit" INTEGER NOT NULL,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "health_checked_at" TIMESTAMPTZ(3),
    "health_succeeded_at" TIMESTAMPTZ(3),
    "health_failures" INTEGER NOT NULL DEFAULT 0,
    "health_latency_ms" INTEGER,
    "health_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "agents_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "agent_executions" (
    "id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "agent_owner_id" TEXT NOT NULL,
    "agent_name" TEXT NOT NULL,
    "status" "agent_execution_status" NOT NULL DEFAULT 'QUEUED',
    "input" JSONB,
    "output" JSONB,
    "output_text" TEXT,
    "error" JSONB,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "max_attempts" INTEGER NOT NULL,
    "timeout_seconds" INTEGER NOT NULL,
    "recoveries" INTEGER NOT NULL DEFAULT 0,
    "input_tokens" INTEGER,
    "output_tokens" INTEGER,
    "total_tokens" INTEGER,
    "cost_usd" DOUBLE PRECISION,
    "idempotency_key" TEXT,
    "started_by_id" TEXT NOT NULL,
    "request_id" TEXT,
    "stop_reason" TEXT,
    "queued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "available_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "lease_token" TEXT,
    "lease_expires_at" TIMESTAMPTZ(3),
    "stream_seq" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "agent_executions_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "outbox_events" (
    "id" BIGSERIAL NOT NULL,
    "transaction_id" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "type" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "stream" TEXT NOT NULL,
    "stream_seq" INTEGER,
    "owner_id" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "request_id" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "outbox_events_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "outbox_positions" (
    "name" TEXT NOT NULL,
    "position" TEXT NOT NULL,

    CONSTRAINT "outbox_positions_pkey" PRIMARY KEY ("name")
);

CREATE INDEX "agents_owner_id_created_at_id_idx" ON "agents"("owner_id", "created_at", "id");

CREATE INDEX "agents_owner_id_updated_at_id_idx" ON "agents"("owner_id", "updated_at", "id");

CREATE INDEX "agents_created_at_id_idx" ON "agents"("created_at", "id");

CREATE INDEX "agents_updated_at_id_idx" ON "agents"("updated_at", "id");

CREATE INDEX "agents_name_id_idx" ON "agents"("name", "id");

CREATE INDEX "agents_type_idx" ON "agents"("type");

CREATE INDEX "agents_status_idx" ON "agents"("status");

CREATE INDEX "agents_kind_health_checked_at_idx" ON "agents"("kind", "health_checked_at");

CREATE INDEX "agents_capabilities_idx" ON "agents" USING GIN ("capabilities");

CREATE INDEX "agents_tags_idx" ON "agents" USING GIN ("tags");

CREATE UNIQUE INDEX "agents_owner_name_key" ON "agents"("owner_id", "name") WHERE (deleted_at IS NULL);

CREATE INDEX "agent_executions_agent_id_queued_at_id_idx" ON "agent_executions"("agent_id", "queued_at", "id");

CREATE INDEX "agent_executions_agent_id_completed_at_id_idx" ON "agent_executions"("agent_id", "completed_at", "id");

CREATE INDEX "agent_executions_agent_id_status_idx" ON "agent_executions"("agent_id", "status");

CREATE INDEX "agent_executions_agent_owner_id_queued_at_id_idx" ON "agent_executions"("agent_owner_id", "queued_at", "id");

CREATE INDEX "agent_executions_agent_owner_id_completed_at_id_idx" ON "agent_executions"("agent_owner_id", "completed_at", "id");

CREATE INDEX "agent_executions_started_by_id_queued_at_id_idx" ON "agent_executions"("started_by_id", "queued_at", "id");

CREATE INDEX "agent_executions_started_by_id_completed_at_id_idx" ON "agent_executions"("started_by_id", "completed_at", "id");

CREATE INDEX "agent_executions_status_queued_at_id_idx" ON "agent_executions"("status", "queued_at", "id");

CREATE INDEX "agent_executions_queued_at_id_idx" ON "agent_executions"("queued_at", "id");

CREATE INDEX "agent_executions_completed_at_id_idx" ON "agent_executions"("completed_at", "id");

CREATE INDEX "agent_executions_waiting_idx" ON "agent_executions"("available_at") WHERE (status = 'QUEUED');

CREATE INDEX "agent_executions_leased_idx" ON "agent_executions"("lease_expires_at") WHERE (status = 'RUNNING');

CREATE UNIQUE INDEX "agent_executions_agent_id_started_by_id_idempotency_key_key" ON "agent_executions"("agent_id", "started_by_id", "idempotency_key");

CREATE INDEX "outbox_events_transaction_id_id_idx" ON "outbox_events"("transaction_id", "id");

CREATE UNIQUE INDEX "outbox_events_stream_stream_seq_key" ON "outbox_events"("stream", "stream_seq");

ALTER TABLE "agent_executions" ADD CONSTRAINT "agent_executions_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

