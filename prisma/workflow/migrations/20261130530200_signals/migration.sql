-- What executions are told from outside, and the steps that wait for it.
ALTER TABLE "workflow_executions" ADD COLUMN "event_scopes" TEXT[] DEFAULT ARRAY[]::TEXT[];

CREATE TABLE "workflow_signals" (
  "id" TEXT NOT NULL,
  "seq" BIGSERIAL NOT NULL,
  "execution_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "payload" JSONB,
  "sent_by_id" TEXT,
  "idempotency_key" TEXT,
  "request_digest" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "looked_at" TIMESTAMPTZ(3),
  "consumed_at" TIMESTAMPTZ(3),
  "step_id" TEXT,
  "generation" INTEGER,
  CONSTRAINT "workflow_signals_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "workflow_signals_execution_id_fkey" FOREIGN KEY ("execution_id")
    REFERENCES "workflow_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "workflow_signals_execution_id_idempotency_key_key"
  ON "workflow_signals"("execution_id", "idempotency_key");
CREATE INDEX "workflow_signals_kept_idx" ON "workflow_signals"("execution_id", "name", "seq") WHERE (consumed_at IS NULL);
CREATE INDEX "workflow_signals_overlooked_idx" ON "workflow_signals"("created_at")
  WHERE (consumed_at IS NULL AND looked_at IS NULL);

CREATE TABLE "workflow_event_waits" (
  "execution_id" TEXT NOT NULL,
  "step_id" TEXT NOT NULL,
  "generation" INTEGER NOT NULL,
  "failures" INTEGER NOT NULL,
  "event" TEXT NOT NULL,
  "is_domain_event" BOOLEAN NOT NULL,
  "match_key" TEXT NOT NULL,
  "starter_id" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "looked_at" TIMESTAMPTZ(3),
  CONSTRAINT "workflow_event_waits_pkey" PRIMARY KEY ("execution_id", "step_id"),
  CONSTRAINT "workflow_event_waits_execution_id_fkey" FOREIGN KEY ("execution_id")
    REFERENCES "workflow_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "workflow_event_waits_events_idx" ON "workflow_event_waits"("event", "starter_id", "match_key")
  WHERE (is_domain_event);
CREATE INDEX "workflow_event_waits_overlooked_idx" ON "workflow_event_waits"("created_at") WHERE (looked_at IS NULL);
