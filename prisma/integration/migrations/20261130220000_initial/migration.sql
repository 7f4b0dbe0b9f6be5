-- Integrations, statistics of their calls, the state of the policy chain, and the domain's events.
CREATE TYPE "integration_status" AS ENUM ('ACTIVE', 'INACTIVE');

CREATE TYPE "integration_call_outcome" AS ENUM ('SUCCEEDED', 'CACHED', 'FAILED', 'REFUSED');

CREATE TABLE "integrations" (
    "id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "description" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "status" "integration_status" NOT NULL DEFAULT 'ACTIVE',
    "configuration" JSONB NOT NULL,
    "sealed_secrets" TEXT,
    "credentials_set" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "operations" JSONB NOT NULL DEFAULT '[]',
    "policy" JSONB NOT NULL,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "health_checked_at" TIMESTAMPTZ(3),
    "health_succeeded_at" TIMESTAMPTZ(3),
    "health_failures" INTEGER NOT NULL DEFAULT 0,
    "health_latency_ms" INTEGER,
    "health_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "integrations_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "integration_calls" (
    "id" BIGSERIAL NOT NULL,
    "integration_id" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "outcome" "integration_call_outcome" NOT NULL,
    "error_code" TEXT,
    "duration_ms" DOUBLE PRECISION NOT NULL,
    "attempts" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "integration_calls_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "policy_circuits" (
    "key" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'CLOSED',
    "opened_at" TIMESTAMPTZ(3),
    "retry_at" TIMESTAMPTZ(3),
    "probe_token" TEXT,
    "probe_expires_at" TIMESTAMPTZ(3),
    "changed_at" TIMESTAMPTZ(3),

    CONSTRAINT "policy_circuits_pkey" PRIMARY KEY ("key")
);

CREATE TABLE "policy_outcomes" (
    "key" TEXT NOT NULL,
    "process" TEXT NOT NULL,
    "second" TIMESTAMPTZ(0) NOT NULL,
    "successes" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL,

    CONSTRAINT "policy_outcomes_pkey" PRIMARY KEY ("key","process","second")
);

CREATE TABLE "policy_rates" (
    "key" TEXT NOT NULL,
    "taken_until" TIMESTAMPTZ(6) NOT NULL,
    "held_until" TIMESTAMPTZ(3),

    CONSTRAINT "policy_rates_pkey" PRIMARY KEY ("key")
);

CREATE TABLE "policy_cache" (
    "key" TEXT NOT NULL,
    "entry" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "bytes" INTEGER NOT NULL,
    "stored_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "policy_cache_pkey" PRIMARY KEY ("key","entry")
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

CREATE UNIQUE INDEX "integrations_owner_name_key" ON "integrations"("owner_id", "name");

CREATE INDEX "integrations_owner_id_created_at_id_idx" ON "integrations"("owner_id", "created_at", "id");

CREATE INDEX "integrations_owner_id_updated_at_id_idx" ON "integrations"("owner_id", "updated_at", "id");

CREATE INDEX "integrations_created_at_id_idx" ON "integrations"("created_at", "id");

CREATE INDEX "integrations_updated_at_id_idx" ON "integrations"("updated_at", "id");

CREATE INDEX "integrations_name_id_idx" ON "integrations"("name", "id");

CREATE INDEX "integrations_type_idx" ON "integrations"("type");

CREATE INDEX "integrations_status_health_checked_at_idx" ON "integrations"("status", "health_checked_at");

CREATE INDEX "integrations_tags_idx" ON "integrations" USING GIN ("tags");

CREATE INDEX "integration_calls_integration_id_at_idx" ON "integration_calls"("integration_id", "at");

CREATE INDEX "integration_calls_at_idx" ON "integration_calls"("at");

CREATE INDEX "policy_outcomes_second_idx" ON "policy_outcomes"("second");

CREATE INDEX "policy_cache_expires_at_idx" ON "policy_cache"("expires_at");

CREATE INDEX "outbox_events_transaction_id_id_idx" ON "outbox_events"("transaction_id", "id");

CREATE UNIQUE INDEX "outbox_events_stream_stream_seq_key" ON "outbox_events"("stream", "stream_seq");

ALTER TABLE "integration_calls" ADD CONSTRAINT "integration_calls_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "integrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
