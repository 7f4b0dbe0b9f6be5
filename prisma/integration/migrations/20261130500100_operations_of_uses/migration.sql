-- Which operations of the integration it calls. Empty: it has not told.
ALTER TABLE "integration_uses" ADD COLUMN "operations" TEXT[] DEFAULT ARRAY[]::TEXT[];
