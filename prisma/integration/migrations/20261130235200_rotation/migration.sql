-- Credentials from before a rotation, until their time of grace is over.
ALTER TABLE "integrations" ADD COLUMN "credentials_rotated_at" TIMESTAMPTZ(3),
ADD COLUMN "sealed_old" TEXT,
ADD COLUMN "previous_secrets_until" TIMESTAMPTZ(3);

CREATE INDEX "integrations_previous_secrets_idx" ON "integrations"("previous_secrets_until") WHERE (previous_secrets_until IS NOT NULL);
