-- Machines: service accounts are users without an address or a password, and keys let machines act as a user.
CREATE TYPE "user_kind" AS ENUM ('PERSON', 'SERVICE_ACCOUNT');

ALTER TABLE "users" ADD COLUMN "kind" "user_kind" NOT NULL DEFAULT 'PERSON';

ALTER TABLE "users" ALTER COLUMN "email" DROP NOT NULL;

ALTER TABLE "users" ADD CONSTRAINT "users_kind_check" CHECK (
    CASE "kind" WHEN 'PERSON' THEN "email" IS NOT NULL ELSE "email" IS NULL AND "password_hash" IS NULL END
);

CREATE TABLE "service_accounts" (
    "user_id" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "owner_id" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "service_accounts_pkey" PRIMARY KEY ("user_id")
);

CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "key_hash" TEXT NOT NULL,
    "scopes" TEXT[],
    "created_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "users_kind_created_at_id_idx" ON "users"("kind", "created_at", "id");

CREATE INDEX "users_kind_username_key_id_idx" ON "users"("kind", "username_key", "id");

CREATE INDEX "service_accounts_owner_id_idx" ON "service_accounts"("owner_id");

CREATE UNIQUE INDEX "api_keys_key_hash_key" ON "api_keys"("key_hash");

CREATE INDEX "api_keys_user_id_created_at_id_idx" ON "api_keys"("user_id", "created_at", "id");

CREATE INDEX "api_keys_created_at_id_idx" ON "api_keys"("created_at", "id");

CREATE INDEX "api_keys_expires_at_id_idx" ON "api_keys"("expires_at", "id");

CREATE INDEX "api_keys_last_used_at_id_idx" ON "api_keys"("last_used_at", "id");

-- From the latest on, unused ones last.
CREATE INDEX "api_keys_last_used_at_desc_idx" ON "api_keys"("last_used_at" DESC NULLS LAST, "id" DESC);

ALTER TABLE "service_accounts" ADD CONSTRAINT "service_accounts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "service_accounts" ADD CONSTRAINT "service_accounts_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;

ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
