-- Statistics by the day, in UTC: nobody asks for hours, and to read them costs 24 times as many rows.
ALTER TABLE "workflow_stats_changes" ALTER COLUMN "hour" TYPE DATE USING ("hour" AT TIME ZONE 'UTC')::date;
ALTER TABLE "workflow_stats_changes" RENAME COLUMN "hour" TO "day";

CREATE TABLE "workflow_stats_days" (
    "workflow_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "owner_id" TEXT NOT NULL,
    "started" INTEGER NOT NULL,
    "completed" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "cancelled" INTEGER NOT NULL,
    "duration_ms" DOUBLE PRECISION NOT NULL,
    "waited" INTEGER NOT NULL,
    "waited_ms" DOUBLE PRECISION NOT NULL,
    "retries" INTEGER NOT NULL,
    "durations" JSONB NOT NULL,
    "waits" JSONB NOT NULL,
    "ended" JSONB NOT NULL,
    "cost_usd" DECIMAL(24,12) NOT NULL DEFAULT 0,

    CONSTRAINT "workflow_stats_days_pkey" PRIMARY KEY ("workflow_id", "day")
);

-- Adds up maps of counts, as workflow_stats_sum does with two.
CREATE AGGREGATE "workflow_stats_sum_of"(jsonb) (SFUNC = "workflow_stats_sum", STYPE = jsonb, INITCOND = '{}');

INSERT INTO "workflow_stats_days" ("workflow_id", "day", "owner_id", "started", "completed", "failed", "cancelled", "duration_ms",
                                   "waited", "waited_ms", "retries", "durations", "waits", "ended", "cost_usd")
SELECT "workflow_id", ("hour" AT TIME ZONE 'UTC')::date, max("owner_id"), sum("started"), sum("completed"), sum("failed"),
       sum("cancelled"), sum("duration_ms"), sum("waited"), sum("waited_ms"), sum("retries"), workflow_stats_sum_of("durations"),
       workflow_stats_sum_of("waits"), workflow_stats_sum_of("ended"), sum("cost_usd")
FROM "workflow_stats_hours" GROUP BY 1, 2;
DROP TABLE "workflow_stats_hours";
CREATE INDEX "workflow_stats_days_owner_id_day_idx" ON "workflow_stats_days" ("owner_id", "day");
CREATE INDEX "workflow_stats_days_day_idx" ON "workflow_stats_days" ("day");
ALTER TABLE "workflow_stats_days" ADD CONSTRAINT "workflow_stats_days_workflow_id_fkey"
    FOREIGN KEY ("workflow_id") REFERENCES "workflows" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "workflow_stats_steps" RENAME TO "workflow_stats_step_hours";
CREATE TABLE "workflow_stats_steps" (
    "workflow_id" TEXT NOT NULL,
    "step_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "owner_id" TEXT NOT NULL,
    "completed" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "duration_ms" DOUBLE PRECISION NOT NULL,
    "retries" INTEGER NOT NULL,
    "durations" JSONB NOT NULL,
    "cost_usd" DECIMAL(24,12) NOT NULL DEFAULT 0
);
INSERT INTO "workflow_stats_steps" ("workflow_id", "step_id", "day", "owner_id", "completed", "failed", "duration_ms", "retries",
                                    "durations", "cost_usd")
SELECT "workflow_id", "step_id", ("hour" AT TIME ZONE 'UTC')::date, max("owner_id"), sum("completed"), sum("failed"),
       sum("duration_ms"), sum("retries"), workflow_stats_sum_of("durations"), sum("cost_usd")
FROM "workflow_stats_step_hours" GROUP BY 1, 2, 3;
DROP TABLE "workflow_stats_step_hours";
DROP AGGREGATE "workflow_stats_sum_of"(jsonb);
ALTER TABLE "workflow_stats_steps" ADD CONSTRAINT "workflow_stats_steps_pkey" PRIMARY KEY ("workflow_id", "step_id", "day");
CREATE INDEX "workflow_stats_steps_owner_id_day_idx" ON "workflow_stats_steps" ("owner_id", "day");
CREATE INDEX "workflow_stats_steps_day_idx" ON "workflow_stats_steps" ("day");
ALTER TABLE "workflow_stats_steps" ADD CONSTRAINT "workflow_stats_steps_workflow_id_fkey"
    FOREIGN KEY ("workflow_id") REFERENCES "workflows" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
