-- The same moment, as the schema writes it.
ALTER TABLE "given_addresses" ALTER COLUMN "given_at" SET DEFAULT CURRENT_TIMESTAMP;
