-- Calls under idempotency keys, at most once each.
CREATE TABLE "integration_call_keys" (
    "integration_id" TEXT NOT NULL,
    "caller_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "held_until" TIMESTAMPTZ(3),
    "outcome" JSONB,
    "claimed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "integration_call_keys_pkey" PRIMARY KEY ("integration_id","caller_id","key")
);

CREATE INDEX "integration_call_keys_claimed_at_idx" ON "integration_call_keys"("claimed_at");

ALTER TABLE "integration_call_keys" ADD CONSTRAINT "integration_call_keys_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "integrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
