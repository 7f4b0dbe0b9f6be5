-- Statistics by the hour in which executions were created, so that reading them does not cost more as executions become more.
CREATE TABLE "workflow_stats_changes" (
    "id" BIGSERIAL NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "started" INTEGER NOT NULL DEFAULT 0,
    "sign" INTEGER NOT NULL DEFAULT 0,
    "status" "workflow_execution_status",
    "ended_on" DATE,
    "ms" DOUBLE PRECISION,
    "waited_ms" DOUBLE PRECISION,
    "retries" INTEGER NOT NULL DEFAULT 0,
    "steps" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "workflow_stats_changes_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "workflow_stats_hours" (
    "workflow_id" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
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

    CONSTRAINT "workflow_stats_hours_pkey" PRIMARY KEY ("workflow_id", "hour")
);
CREATE INDEX "workflow_stats_hours_owner_id_hour_idx" ON "workflow_stats_hours" ("owner_id", "hour");
CREATE INDEX "workflow_stats_hours_hour_idx" ON "workflow_stats_hours" ("hour");
ALTER TABLE "workflow_stats_hours" ADD CONSTRAINT "workflow_stats_hours_workflow_id_fkey"
    FOREIGN KEY ("workflow_id") REFERENCES "workflows" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "workflow_stats_steps" (
    "workflow_id" TEXT NOT NULL,
    "step_id" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "owner_id" TEXT NOT NULL,
    "completed" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "duration_ms" DOUBLE PRECISION NOT NULL,
    "retries" INTEGER NOT NULL,
    "durations" JSONB NOT NULL,

    CONSTRAINT "workflow_stats_steps_pkey" PRIMARY KEY ("workflow_id", "step_id", "hour")
);
CREATE INDEX "workflow_stats_steps_owner_id_hour_idx" ON "workflow_stats_steps" ("owner_id", "hour");
CREATE INDEX "workflow_stats_steps_hour_idx" ON "workflow_stats_steps" ("hour");
ALTER TABLE "workflow_stats_steps" ADD CONSTRAINT "workflow_stats_steps_workflow_id_fkey"
    FOREIGN KEY ("workflow_id") REFERENCES "workflows" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Adds up two maps of counts; what becomes zero goes.
CREATE FUNCTION "workflow_stats_sum"(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(key, n), '{}')
    FROM (
        SELECT key, sum(value::int)::int AS n
        FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) every
        GROUP BY key
    ) added
    WHERE n <> 0
$$;

-- What there is already; it is summed up as the product works.
INSERT INTO "workflow_stats_changes" ("workflow_id", "owner_id", "hour", "started")
SELECT "workflow_id", "owner_id", date_trunc('hour', "created_at", 'UTC'), 1 FROM "workflow_executions";

INSERT INTO "workflow_stats_changes" ("workflow_id", "owner_id", "hour", "sign", "status", "ended_on", "ms", "waited_ms", "retries", "steps")
SELECT e."workflow_id", e."owner_id", date_trunc('hour', e."created_at", 'UTC'), 1, e."status",
       (e."completed_at" AT TIME ZONE 'UTC')::date,
       extract(epoch FROM e."completed_at" - e."started_at") * 1000,
       CASE WHEN NOT s."rerun" THEN extract(epoch FROM e."started_at" - e."created_at") * 1000 END,
       s."retries", s."steps"
FROM "workflow_executions" e
CROSS JOIN LATERAL (
    SELECT coalesce(sum("failures"), 0)::int AS "retries", coalesce(max("generation"), 1) > 1 AS "rerun",
           coalesce(jsonb_agg(jsonb_build_object(
               'id', "step_id",
               'ms', CASE WHEN "status" = 'COMPLETED' THEN extract(epoch FROM "completed_at" - "started_at") * 1000 END,
               'failed', "status" = 'FAILED',
               'retries', "failures"
           )) FILTER (WHERE "status" IN ('COMPLETED', 'FAILED') AND "started_at" IS NOT NULL), '[]') AS "steps"
    FROM "workflow_step_executions" WHERE "execution_id" = e."id"
) s
WHERE e."status" IN ('COMPLETED', 'FAILED', 'CANCELLED') AND e."completed_at" IS NOT NULL;
