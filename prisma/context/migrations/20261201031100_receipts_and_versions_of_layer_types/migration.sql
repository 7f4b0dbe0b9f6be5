-- Types of layers are changed only as they were read, where that is asked.
ALTER TABLE "context_layer_types" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1;

-- A receipt is there before the erasure begins. Those that are there were kept when it was done.
ALTER TABLE "context_erasures" ADD COLUMN "shares" INTEGER NOT NULL DEFAULT 0, ADD COLUMN "completed_at" TIMESTAMPTZ(3);
UPDATE "context_erasures" SET "completed_at" = "created_at";
ALTER TABLE "context_erasures" ALTER COLUMN "contexts" SET DEFAULT 0, ALTER COLUMN "layers" SET DEFAULT 0,
  ALTER COLUMN "versions" SET DEFAULT 0;
CREATE INDEX "context_erasures_created_at_id_idx" ON "context_erasures"("created_at", "id");
