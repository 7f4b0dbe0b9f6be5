-- What the migrations make and schema.prisma has no words for. Both together describe the database; a test compares them.

-- Prisma has no generated columns.
ALTER TABLE "workflows"
    DROP COLUMN "average_duration_ms",
    ADD COLUMN "average_duration_ms" DOUBLE PRECISION GENERATED ALWAYS AS (
        CASE WHEN "success_count" > 0 THEN "total_duration_ms" / "success_count" END
    ) STORED;

-- Prisma has no storage parameters. Rows that change often leave room on their page, so that indexes need not change.
ALTER TABLE "workflows" SET (fillfactor = 70);
ALTER TABLE "workflow_executions"
    SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE "workflow_step_executions"
    SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- Prisma has no functions.
CREATE FUNCTION "workflow_stats_sum"(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(key, n), '{}')
    FROM (
        SELECT key, sum(value::int)::int AS n
        FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) every
        GROUP BY key
    ) added
    WHERE n <> 0
$$;
