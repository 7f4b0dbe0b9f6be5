-- Statistics are stored once, however often a process tries.
CREATE TABLE "integration_call_batches" (
    "id" TEXT NOT NULL,
    "stored_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "integration_call_batches_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "integration_call_batches_stored_at_idx" ON "integration_call_batches"("stored_at");
