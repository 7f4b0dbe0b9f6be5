-- Keys are published before they sign, and taken away at once when somebody else may have them.
ALTER TABLE "signing_keys"
    ADD COLUMN "active_from" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN "revoked_at" TIMESTAMPTZ(3);

UPDATE "signing_keys" SET "active_from" = "created_at";
