-- Contexts are created, and data is merged into them, once however often it is asked for under the same key.
ALTER TABLE "contexts" ADD COLUMN "idempotency_key" TEXT, ADD COLUMN "request_digest" TEXT;
CREATE UNIQUE INDEX "contexts_owner_idempotency_key_key" ON "contexts"("owner_id", "idempotency_key");

CREATE TABLE "context_merges" (
    "context_id" TEXT NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "layer_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "context_merges_pkey" PRIMARY KEY ("context_id", "idempotency_key")
);
ALTER TABLE "context_merges" ADD CONSTRAINT "context_merges_context_id_fkey" FOREIGN KEY ("context_id") REFERENCES "contexts"("id") ON DELETE CASCADE ON UPDATE CASCADE;
