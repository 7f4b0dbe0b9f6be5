-- The audit log: written once, never changed, never removed.
CREATE TYPE "audit_outcome" AS ENUM ('SUCCESS', 'FAILURE', 'DENIED');

CREATE TYPE "audit_actor_type" AS ENUM ('USER', 'SERVICE_ACCOUNT', 'SERVICE', 'ANONYMOUS', 'SYSTEM');

-- No foreign keys: what happened stays when those whom it concerns are removed.
CREATE TABLE "audit_logs" (
    "id" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "action" TEXT NOT NULL,
    "outcome" "audit_outcome" NOT NULL,
    "actor_type" "audit_actor_type" NOT NULL,
    "actor_id" TEXT,
    "session_id" TEXT,
    "api_key_id" TEXT,
    "on_behalf_of_id" TEXT,
    "target_type" TEXT,
    "target_id" TEXT,
    "subject_id" TEXT,
    "address" INET,
    "user_agent" TEXT,
    "request_id" TEXT,
    "details" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_logs_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "audit_logs_details_check" CHECK (jsonb_typeof("details") = 'object' AND octet_length("details"::text) <= 8192)
);

CREATE INDEX "audit_logs_occurred_at_id_idx" ON "audit_logs"("occurred_at", "id");

CREATE INDEX "audit_logs_action_occurred_at_id_idx" ON "audit_logs"("action", "occurred_at", "id");

CREATE INDEX "audit_logs_outcome_occurred_at_id_idx" ON "audit_logs"("outcome", "occurred_at", "id");

CREATE INDEX "audit_logs_actor_id_occurred_at_id_idx" ON "audit_logs"("actor_id", "occurred_at", "id");

CREATE INDEX "audit_logs_on_behalf_of_id_occurred_at_id_idx" ON "audit_logs"("on_behalf_of_id", "occurred_at", "id");

CREATE INDEX "audit_logs_subject_id_occurred_at_id_idx" ON "audit_logs"("subject_id", "occurred_at", "id");

CREATE INDEX "audit_logs_target_id_occurred_at_id_idx" ON "audit_logs"("target_id", "occurred_at", "id");

CREATE INDEX "audit_logs_address_idx" ON "audit_logs" USING GIST ("address" inet_ops);

-- Whoever writes it, the owner of the table included, can only add to it.
CREATE FUNCTION "refuse_audit_log_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_logs is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER "audit_logs_append_only" BEFORE UPDATE OR DELETE ON "audit_logs"
    FOR EACH ROW EXECUTE FUNCTION "refuse_audit_log_change"();

CREATE TRIGGER "audit_logs_not_truncated" BEFORE TRUNCATE ON "audit_logs"
    FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_log_change"();

-- Also for sessions that switch ordinary triggers off (session_replication_role).
ALTER TABLE "audit_logs" ENABLE ALWAYS TRIGGER "audit_logs_append_only";

ALTER TABLE "audit_logs" ENABLE ALWAYS TRIGGER "audit_logs_not_truncated";
