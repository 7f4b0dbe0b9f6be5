-- Triggers start executions by themselves; each occasion on which one fires is a row, once.
CREATE TYPE "workflow_trigger_kind" AS ENUM ('SCHEDULE', 'EVENT', 'WEBHOOK');
CREATE TYPE "workflow_trigger_overlap" AS ENUM ('ALLOW', 'SKIP', 'QUEUE', 'CANCEL_OLD');
CREATE TYPE "workflow_trigger_misfire" AS ENUM ('RUN_ONCE', 'SKIP');
CREATE TYPE "workflow_trigger_status" AS ENUM ('ACTIVE', 'PAUSED');
CREATE TYPE "workflow_trigger_cause" AS ENUM ('SCHEDULE', 'EVENT', 'WEBHOOK', 'MANUAL');
CREATE TYPE "workflow_trigger_firing_status" AS ENUM ('PENDING', 'QUEUED', 'STARTING', 'STARTED', 'SKIPPED', 'REFUSED');

CREATE TABLE "workflow_triggers" (
    "id" TEXT NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "workflow_trigger_kind" NOT NULL,
    "cron" TEXT,
    "time_zone" TEXT,
    "event_type" TEXT,
    "integration_id" TEXT,
    "filter" TEXT,
    "input" JSONB,
    "input_expression" TEXT,
    "overlap" "workflow_trigger_overlap" NOT NULL,
    "misfire" "workflow_trigger_misfire" NOT NULL,
    "status" "workflow_trigger_status" NOT NULL,
    "paused_reason" JSONB,
    "scopes" TEXT[],
    "role_ids" TEXT[],
    "next_due_at" TIMESTAMPTZ(3),
    "active_since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "workflow_triggers_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "workflow_triggers_workflow_id_fkey" FOREIGN KEY ("workflow_id") REFERENCES "workflows"("id")
        ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "workflow_triggers_workflow_id_owner_id_name_key" ON "workflow_triggers"("workflow_id", "owner_id", "name");
CREATE INDEX "workflow_triggers_workflow_id_created_at_id_idx" ON "workflow_triggers"("workflow_id", "created_at", "id");
CREATE INDEX "workflow_triggers_owner_id_created_at_id_idx" ON "workflow_triggers"("owner_id", "created_at", "id");
CREATE INDEX "workflow_triggers_created_at_id_idx" ON "workflow_triggers"("created_at", "id");
CREATE INDEX "workflow_triggers_due_idx" ON "workflow_triggers"("next_due_at")
    WHERE status = 'ACTIVE' AND next_due_at IS NOT NULL;
CREATE INDEX "workflow_triggers_event_idx" ON "workflow_triggers"("event_type")
    WHERE status = 'ACTIVE' AND event_type IS NOT NULL;
CREATE INDEX "workflow_triggers_integration_idx" ON "workflow_triggers"("integration_id")
    WHERE status = 'ACTIVE' AND integration_id IS NOT NULL;

CREATE TABLE "workflow_trigger_firings" (
    "id" TEXT NOT NULL,
    "trigger_id" TEXT NOT NULL,
    "occasion" TEXT NOT NULL,
    "cause" "workflow_trigger_cause" NOT NULL,
    "status" "workflow_trigger_firing_status" NOT NULL DEFAULT 'PENDING',
    "reason" JSONB,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "event" JSONB,
    "chain" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "input" JSONB,
    "execution_id" TEXT,
    "is_open" BOOLEAN NOT NULL DEFAULT false,
    "waiting_since" TIMESTAMPTZ(3),
    "next_try_at" TIMESTAMPTZ(3),
    CONSTRAINT "workflow_trigger_firings_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "workflow_trigger_firings_trigger_id_fkey" FOREIGN KEY ("trigger_id") REFERENCES "workflow_triggers"("id")
        ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "workflow_trigger_firings_trigger_id_occasion_key" ON "workflow_trigger_firings"("trigger_id", "occasion");
CREATE INDEX "workflow_trigger_firings_trigger_id_created_at_id_idx" ON "workflow_trigger_firings"("trigger_id", "created_at", "id");
CREATE INDEX "workflow_trigger_firings_created_at_idx" ON "workflow_trigger_firings"("created_at");
CREATE INDEX "workflow_trigger_firings_waiting_idx" ON "workflow_trigger_firings"("trigger_id", "id")
    WHERE status IN ('PENDING', 'QUEUED', 'STARTING');
CREATE INDEX "workflow_trigger_firings_open_idx" ON "workflow_trigger_firings"("trigger_id") WHERE is_open;
