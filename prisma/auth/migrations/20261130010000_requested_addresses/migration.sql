-- Who wants an address to be a user's, if that is somebody else, and what they were allowed then. Requests of before are
-- void: nobody knows whose they were.
ALTER TABLE "email_verification_tokens"
    ADD COLUMN "requested_by_id" TEXT,
    ADD COLUMN "requested_scopes" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];

DELETE FROM "email_verification_tokens" t USING "users" u WHERE u.id = t.user_id AND u.email <> t.email AND t.used_at IS NULL;
