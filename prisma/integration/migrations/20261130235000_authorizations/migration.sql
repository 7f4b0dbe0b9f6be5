-- Access tokens of OAuth 2, and authorizations that somebody has begun.
CREATE TABLE "integration_tokens" (
    "integration_id" TEXT NOT NULL,
    "grant_digest" TEXT NOT NULL,
    "sealed_tokens" TEXT,
    "scope" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "renew_at" TIMESTAMPTZ(3),
    "authorized_by" TEXT,
    "authorized_at" TIMESTAMPTZ(3),
    "error" TEXT,
    "lease_token" TEXT,
    "lease_until" TIMESTAMPTZ(3),

    CONSTRAINT "integration_tokens_pkey" PRIMARY KEY ("integration_id")
);

CREATE TABLE "integration_authorizations" (
    "state_hash" TEXT NOT NULL,
    "integration_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "grant_digest" TEXT NOT NULL,
    "redirect_uri" TEXT NOT NULL,
    "sealed_verifier" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "integration_authorizations_pkey" PRIMARY KEY ("state_hash")
);

CREATE UNIQUE INDEX "integration_authorizations_integration_id_user_id_key" ON "integration_authorizations"("integration_id", "user_id");

CREATE INDEX "integration_authorizations_expires_at_idx" ON "integration_authorizations"("expires_at");

ALTER TABLE "integration_tokens" ADD CONSTRAINT "integration_tokens_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "integrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "integration_authorizations" ADD CONSTRAINT "integration_authorizations_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "integrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
