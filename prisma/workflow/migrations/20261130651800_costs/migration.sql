-- What agents have cost in workflows, by the hour in which they did.
ALTER TABLE "workflow_stats_changes" ADD COLUMN "cost_usd" DECIMAL(24,12) NOT NULL DEFAULT 0;
ALTER TABLE "workflow_stats_hours" ADD COLUMN "cost_usd" DECIMAL(24,12) NOT NULL DEFAULT 0;
ALTER TABLE "workflow_stats_steps" ADD COLUMN "cost_usd" DECIMAL(24,12) NOT NULL DEFAULT 0;

-- Calls whose cost is counted, as long as they may be told again.
CREATE TABLE "workflow_stats_calls" (
    "call_id" TEXT NOT NULL,
    "counted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workflow_stats_calls_pkey" PRIMARY KEY ("call_id")
);
CREATE INDEX "workflow_stats_calls_counted_at_idx" ON "workflow_stats_calls" ("counted_at");
