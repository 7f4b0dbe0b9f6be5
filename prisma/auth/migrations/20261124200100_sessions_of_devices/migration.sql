-- From where a session was used last, and single access tokens that were revoked.
ALTER TABLE "sessions"
    ADD COLUMN "address" INET,
    ADD COLUMN "user_agent" TEXT,
    ADD COLUMN "mfa" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

UPDATE "sessions" SET "last_used_at" = "refreshed_at";

CREATE INDEX "sessions_created_at_id_idx" ON "sessions"("created_at", "id");

CREATE INDEX "sessions_last_used_at_id_idx" ON "sessions"("last_used_at", "id");

CREATE INDEX "sessions_user_id_last_used_at_id_idx" ON "sessions"("user_id", "last_used_at", "id");

CREATE TABLE "revoked_tokens" (
    "id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "revoked_tokens_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "revoked_tokens_expires_at_idx" ON "revoked_tokens"("expires_at");

CREATE INDEX "revoked_tokens_session_id_idx" ON "revoked_tokens"("session_id");

ALTER TABLE "revoked_tokens" ADD CONSTRAINT "revoked_tokens_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
