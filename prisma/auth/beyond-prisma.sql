-- What the migrations make and schema.prisma has no words for. Both together describe the database; a test compares them.

-- Lists: Prisma never says that one may not be null.
ALTER TABLE "email_verification_tokens" ALTER COLUMN "requested_scopes" SET NOT NULL;
ALTER TABLE "given_addresses" ALTER COLUMN "giver_scopes" SET NOT NULL;

-- Indexes: Prisma knows directions, but not where nulls go. Users and keys that were never used come last.
DROP INDEX "users_last_login_desc_idx";
CREATE INDEX "users_last_login_desc_idx" ON "users"("last_login" DESC NULLS LAST, "id" DESC);
DROP INDEX "api_keys_last_used_at_desc_idx";
CREATE INDEX "api_keys_last_used_at_desc_idx" ON "api_keys"("last_used_at" DESC NULLS LAST, "id" DESC);

-- Prisma has no checks.
ALTER TABLE "users"
    ADD CONSTRAINT "users_email_lower_check" CHECK ("email" = lower("email")),
    ADD CONSTRAINT "users_username_key_check" CHECK ("username_key" = lower("username")),
    ADD CONSTRAINT "users_kind_check" CHECK (
        CASE "kind"
            WHEN 'PERSON' THEN "email" IS NOT NULL
            ELSE "email" IS NULL AND "password_hash" IS NULL
        END
    );
ALTER TABLE "audit_logs"
    ADD CONSTRAINT "audit_logs_details_check" CHECK (jsonb_typeof("details") = 'object' AND octet_length("details"::text) <= 8192);

-- Prisma has no functions or triggers: nobody changes the audit log, not even where ordinary triggers are switched off.
CREATE FUNCTION "refuse_audit_log_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_logs is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "audit_logs_append_only" BEFORE UPDATE OR DELETE ON "audit_logs"
    FOR EACH ROW EXECUTE FUNCTION "refuse_audit_log_change"();
CREATE TRIGGER "audit_logs_not_truncated" BEFORE TRUNCATE ON "audit_logs"
    FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_log_change"();
ALTER TABLE "audit_logs" ENABLE ALWAYS TRIGGER "audit_logs_append_only";
ALTER TABLE "audit_logs" ENABLE ALWAYS TRIGGER "audit_logs_not_truncated";
