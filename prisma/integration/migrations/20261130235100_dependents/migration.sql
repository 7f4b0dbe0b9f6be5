-- What uses integrations, as the domains that own it have told.
CREATE TABLE "integration_dependents" (
    "kind" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "owner_id" TEXT,
    "version" INTEGER NOT NULL,
    "told_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "integration_dependents_pkey" PRIMARY KEY ("kind","id")
);

CREATE TABLE "integration_uses" (
    "kind" TEXT NOT NULL,
    "dependent_id" TEXT NOT NULL,
    "integration_id" TEXT NOT NULL,
    "has_fallback" BOOLEAN NOT NULL,

    CONSTRAINT "integration_uses_pkey" PRIMARY KEY ("kind","dependent_id","integration_id")
);

CREATE INDEX "integration_dependents_told_at_idx" ON "integration_dependents"("told_at");

CREATE INDEX "integration_uses_integration_id_idx" ON "integration_uses"("integration_id");

ALTER TABLE "integration_uses" ADD CONSTRAINT "integration_uses_kind_dependent_id_fkey" FOREIGN KEY ("kind", "dependent_id") REFERENCES "integration_dependents"("kind", "id") ON DELETE CASCADE ON UPDATE CASCADE;
