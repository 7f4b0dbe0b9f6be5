CREATE TYPE "workflow_type" AS ENUM ('SEQUENTIAL', 'PARALLEL', 'CONDITIONAL');

CREATE TYPE "workflow_status" AS ENUM ('DRAFT', 'ACTIVE', 'ARCHIVED');

CREATE TYPE "workflow_step_type" AS ENUM ('AGENT', 'TRANSFORM', 'CONDITION', 'DELAY');

CREATE TYPE "workflow_execution_status" AS ENUM ('PENDING', 'RUNNING', 'PAUSED', 'WAITING', 'COMPLETED', 'FAILED', 'CANCELLED');

CREATE TYPE "workflow_step_status" AS ENUM ('PENDING', 'READY', 'RUNNING', 'WAITING', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED');

CREATE TABLE "workflows" (
    "id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "type" "workflow_type" NOT NULL,
    "status" "workflow_status" NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "input_schema" JSONB,
    "config" JSONB NOT NULL DEFAULT '{}',
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "execution_count" INTEGER NOT NULL DEFAULT 0,
    "success_count" INTEGER NOT NULL DEFAULT 0,
    "failure_count" INTEGER NOT NULL DEFAULT 0,
    "total_duration_ms" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "average_duration_ms" DOUBLE PRECISION GENERATED ALWAYS AS (
        CASE WHEN "success_count" > 0 THEN "total_duration_ms" / "success_count" END
    ) STORED,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workflows_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 70);

CREATE TABLE "workflow_versions" (
    "workflow_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "type" "workflow_type" NOT NULL,
    "input_schema" JSONB,
    "config" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workflow_versions_pkey" PRIMARY KEY ("workflow_id","version")
);

CREATE TABLE "workflow_steps" (
    "workflow_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "step_type" "workflow_step_type" NOT NULL,
    "agent_id" TEXT,
    "config" JSONB NOT NULL,
    "dependencies" TEXT[],
    "condition" TEXT,
    "timeout_seconds" INTEGER NOT NULL,
    "retry_count" INTEGER NOT NULL,
    "continue_on_failure" BOOLEAN NOT NULL,

    CONSTRAINT "workflow_steps_pkey" PRIMARY KEY ("workflow_id","version","id")
);

CREATE TABLE "workflow_executions" (
    "id" TEXT NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "workflow_version" INTEGER NOT NULL,
    "owner_id" TEXT NOT NULL,
    "started_by_id" TEXT NOT NULL,
    "agent_scopes" TEXT[],
    "status" "workflow_execution_status" NOT NULL DEFAULT 'PENDING',
    "input" JSONB,
    "result" JSONB,
    "error" JSONB,
    "idempotency_key" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "request_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "event_seq" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "workflow_executions_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 70);

CREATE TABLE "workflow_step_executions" (
    "execution_id" TEXT NOT NULL,
    "step_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "step_type" "workflow_step_type" NOT NULL,
    "status" "workflow_step_status" NOT NULL,
    "result" JSONB,
    "error" JSONB,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "recoveries" INTEGER NOT NULL DEFAULT 0,
    "agent_execution_id" TEXT,
    "agent_stops" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "agent_checked_at" TIMESTAMPTZ(3),
    "ready_at" TIMESTAMPTZ(3),
    "wake_at" TIMESTAMPTZ(3),
    "deadline_at" TIMESTAMPTZ(3),
    "lease_token" TEXT,
    "lease_expires_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "workflow_step_executions_pkey" PRIMARY KEY ("execution_id","step_id")
) WITH (fillfactor = 70);

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

CREATE INDEX "workflows_owner_id_created_at_id_idx" ON "workflows"("owner_id", "created_at", "id");

CREATE INDEX "workflows_owner_id_updated_at_id_idx" ON "workflows"("owner_id", "updated_at", "id");

CREATE INDEX "workflows_created_at_id_idx" ON "workflows"("created_at", "id");

CREATE INDEX "workflows_updated_at_id_idx" ON "workflows"("updated_at", "id");

CREATE INDEX "workflows_name_id_idx" ON "workflows"("name", "id");

CREATE INDEX "workflows_type_idx" ON "workflows"("type");

CREATE INDEX "workflows_status_idx" ON "workflows"("status");

CREATE INDEX "workflows_tags_idx" ON "workflows" USING GIN ("tags");

CREATE UNIQUE INDEX "workflows_owner_id_name_key" ON "workflows"("owner_id", "name");

CREATE INDEX "workflow_steps_agent_id_idx" ON "workflow_steps"("agent_id");

CREATE INDEX "workflow_executions_workflow_id_created_at_id_idx" ON "workflow_executions"("workflow_id", "created_at", "id");

CREATE INDEX "workflow_executions_workflow_id_completed_at_id_idx" ON "workflow_executions"("workflow_id", "completed_at", "id");

CREATE INDEX "workflow_executions_owner_id_created_at_id_idx" ON "workflow_executions"("owner_id", "created_at", "id");

CREATE INDEX "workflow_executions_owner_id_completed_at_id_idx" ON "workflow_executions"("owner_id", "completed_at", "id");

CREATE INDEX "workflow_executions_started_by_id_created_at_id_idx" ON "workflow_executions"("started_by_id", "created_at", "id");

CREATE INDEX "workflow_executions_started_by_id_completed_at_id_idx" ON "workflow_executions"("started_by_id", "completed_at", "id");

CREATE INDEX "workflow_executions_status_created_at_id_idx" ON "workflow_executions"("status", "created_at", "id");

CREATE INDEX "workflow_executions_created_at_id_idx" ON "workflow_executions"("created_at", "id");

CREATE INDEX "workflow_executions_completed_at_id_idx" ON "workflow_executions"("completed_at", "id");

CREATE UNIQUE INDEX "workflow_executions_workflow_id_started_by_id_idempotency_k_key" ON "workflow_executions"("workflow_id", "started_by_id", "idempotency_key");

CREATE INDEX "workflow_step_executions_ready_idx" ON "workflow_step_executions"("ready_at") WHERE (status = 'READY');

CREATE INDEX "workflow_step_executions_leased_idx" ON "workflow_step_executions"("lease_expires_at") WHERE (status = 'RUNNING');

CREATE INDEX "workflow_step_executions_timer_idx" ON "workflow_step_executions"("wake_at") WHERE (status = 'WAITING' AND wake_at IS NOT NULL);

CREATE INDEX "workflow_step_executions_deadline_idx" ON "workflow_step_executions"("deadline_at") WHERE (status IN ('RUNNING', 'WAITING') AND deadline_at IS NOT NULL);

CREATE INDEX "workflow_step_executions_agents_idx" ON "workflow_step_executions"("agent_checked_at") WHERE (status = 'WAITING' AND agent_execution_id IS NOT NULL);

CREATE INDEX "workflow_step_executions_agent_execution_idx" ON "workflow_step_executions"("agent_execution_id") WHERE (agent_execution_id IS NOT NULL);

CREATE INDEX "workflow_step_executions_agent_stops_idx" ON "workflow_step_executions"("execution_id") WHERE (agent_stops <> '{}');

CREATE INDEX "outbox_events_transaction_id_id_idx" ON "outbox_events"("transaction_id", "id");

CREATE UNIQUE INDEX "outbox_events_stream_stream_seq_key" ON "outbox_events"("stream", "stream_seq");

ALTER TABLE "workflow_versions" ADD CONSTRAINT "workflow_versions_workflow_id_fkey" FOREIGN KEY ("workflow_id") REFERENCES "workflows"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "workflow_steps" ADD CONSTRAINT "workflow_steps_workflow_id_version_fkey" FOREIGN KEY ("workflow_id", "version") REFERENCES "workflow_versions"("workflow_id", "version") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "workflow_executions" ADD CONSTRAINT "workflow_executions_workflow_id_fkey" FOREIGN KEY ("workflow_id") REFERENCES "workflows"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "workflow_step_executions" ADD CONSTRAINT "workflow_step_executions_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "workflow_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Rows change several times within seconds and then never again: vacuum by change, not by the size of the history.
ALTER TABLE "workflow_step_executions" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE "workflow_executions" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
