-- Contexts, their layers and versions, shares, what was read, and the domain's events.
CREATE TYPE "context_status" AS ENUM ('ACTIVE', 'INACTIVE', 'ARCHIVED', 'DELETED');
CREATE TYPE "secret_policy" AS ENUM ('REFUSE', 'MASK');
CREATE TYPE "array_merge" AS ENUM ('REPLACE', 'APPEND');
CREATE TYPE "share_access" AS ENUM ('READ', 'WRITE');
CREATE TYPE "share_kind" AS ENUM ('USER', 'ROLE');
CREATE TYPE "context_change" AS ENUM ('CREATED', 'UPDATED', 'DELETED', 'RESTORED', 'LAYER_ADDED', 'LAYER_UPDATED', 'LAYER_REMOVED', 'LAYER_EXPIRED', 'SUBJECT_ERASED', 'SHARED', 'UNSHARED');

CREATE TABLE "contexts" (
    "id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "description" TEXT,
    "status" "context_status" NOT NULL DEFAULT 'ACTIVE',
    "version" INTEGER NOT NULL DEFAULT 1,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "language" TEXT NOT NULL DEFAULT 'simple',
    "secret_policy" "secret_policy" NOT NULL DEFAULT 'REFUSE',
    "layer_count" INTEGER NOT NULL DEFAULT 0,
    "size_bytes" BIGINT NOT NULL DEFAULT 0,
    "access_count" BIGINT NOT NULL DEFAULT 0,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "contexts_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "contexts_layer_count_check" CHECK ("layer_count" <= 50),
    CONSTRAINT "contexts_size_check" CHECK ("size_bytes" <= 100000000)
);

CREATE TABLE "context_layers" (
    "id" TEXT NOT NULL,
    "context_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "layer_type" TEXT NOT NULL,
    "place" INTEGER NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "size_bytes" INTEGER NOT NULL,
    "search_text" TEXT NOT NULL DEFAULT '',
    "search" tsvector,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "context_layers_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "context_versions" (
    "context_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "change" "context_change" NOT NULL,
    "layer_id" TEXT,
    "author_id" TEXT NOT NULL,
    "reason" TEXT,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "description" TEXT,
    "status" "context_status" NOT NULL,
    "metadata" JSONB NOT NULL,
    "tags" TEXT[],
    "language" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "context_versions_pkey" PRIMARY KEY ("context_id","version")
);

CREATE TABLE "context_layer_versions" (
    "layer_id" TEXT NOT NULL,
    "context_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "layer_type" TEXT NOT NULL,
    "place" INTEGER NOT NULL,
    "arrays" "array_merge" NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "size_bytes" INTEGER NOT NULL,
    "data" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "context_layer_versions_pkey" PRIMARY KEY ("layer_id","version"),
    -- As PostgreSQL writes it: with its spaces, and all digits of numbers like 1e308.
    CONSTRAINT "context_layer_versions_data_check" CHECK (octet_length("data"::text) <= 4000000)
);

CREATE TABLE "context_shares" (
    "context_id" TEXT NOT NULL,
    "kind" "share_kind" NOT NULL,
    "grantee_id" TEXT NOT NULL,
    "access" "share_access" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "context_shares_pkey" PRIMARY KEY ("context_id","kind","grantee_id")
);

CREATE TABLE "context_layer_types" (
    "id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "schema" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "context_layer_types_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "context_accesses" (
    "context_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "reader_id" TEXT NOT NULL,
    "layer_id" TEXT NOT NULL DEFAULT '',
    "count" BIGINT NOT NULL,

    CONSTRAINT "context_accesses_pkey" PRIMARY KEY ("context_id","day","reader_id","layer_id")
);

CREATE TABLE "context_erasures" (
    "id" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "contexts" INTEGER NOT NULL,
    "layers" INTEGER NOT NULL,
    "versions" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "context_erasures_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "outbox_events" (
    "id" BIGSERIAL NOT NULL,
    "transaction_id" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "type" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "stream" TEXT NOT NULL,
    "stream_seq" INTEGER,
    "owner_id" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "request_id" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "outbox_events_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "outbox_positions" (
    "name" TEXT NOT NULL,
    "position" TEXT NOT NULL,

    CONSTRAINT "outbox_positions_pkey" PRIMARY KEY ("name")
);

CREATE UNIQUE INDEX "contexts_owner_name_key" ON "contexts"("owner_id", "name") WHERE (status <> 'DELETED');
CREATE INDEX "contexts_owner_id_created_at_id_idx" ON "contexts"("owner_id", "created_at", "id");
CREATE INDEX "contexts_owner_id_updated_at_id_idx" ON "contexts"("owner_id", "updated_at", "id");
CREATE INDEX "contexts_created_at_id_idx" ON "contexts"("created_at", "id");
CREATE INDEX "contexts_updated_at_id_idx" ON "contexts"("updated_at", "id");
CREATE INDEX "contexts_name_id_idx" ON "contexts"("name", "id");
CREATE INDEX "contexts_type_idx" ON "contexts"("type");
CREATE INDEX "contexts_tags_idx" ON "contexts" USING GIN ("tags");
CREATE INDEX "contexts_expiring_idx" ON "contexts"("expires_at") WHERE (expires_at IS NOT NULL AND status <> 'DELETED');
CREATE INDEX "contexts_deleted_idx" ON "contexts"("deleted_at") WHERE (status = 'DELETED');
CREATE INDEX "context_layers_context_id_place_id_idx" ON "context_layers"("context_id", "place", "id");
CREATE INDEX "context_layers_layer_type_idx" ON "context_layers"("layer_type");
CREATE INDEX "context_layers_search_idx" ON "context_layers" USING GIN ("search");
CREATE INDEX "context_layers_expiring_idx" ON "context_layers"("expires_at") WHERE (expires_at IS NOT NULL);
CREATE INDEX "context_versions_context_id_created_at_idx" ON "context_versions"("context_id", "created_at");
CREATE INDEX "context_layer_versions_context_id_version_idx" ON "context_layer_versions"("context_id", "version");
CREATE INDEX "context_shares_kind_grantee_id_idx" ON "context_shares"("kind", "grantee_id");
CREATE UNIQUE INDEX "context_layer_types_owner_id_name_key" ON "context_layer_types"("owner_id", "name");
CREATE INDEX "context_accesses_day_idx" ON "context_accesses"("day");
CREATE INDEX "context_erasures_subject_id_idx" ON "context_erasures"("subject_id");
CREATE INDEX "outbox_events_transaction_id_id_idx" ON "outbox_events"("transaction_id", "id");
CREATE UNIQUE INDEX "outbox_events_stream_stream_seq_key" ON "outbox_events"("stream", "stream_seq");

ALTER TABLE "context_layers" ADD CONSTRAINT "context_layers_context_id_fkey" FOREIGN KEY ("context_id") REFERENCES "contexts"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "context_versions" ADD CONSTRAINT "context_versions_context_id_fkey" FOREIGN KEY ("context_id") REFERENCES "contexts"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "context_shares" ADD CONSTRAINT "context_shares_context_id_fkey" FOREIGN KEY ("context_id") REFERENCES "contexts"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "context_accesses" ADD CONSTRAINT "context_accesses_context_id_fkey" FOREIGN KEY ("context_id") REFERENCES "contexts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Versions of layers stay when their layer is removed, and go with the context.
ALTER TABLE "context_layer_versions" ADD CONSTRAINT "context_layer_versions_context_id_fkey" FOREIGN KEY ("context_id") REFERENCES "contexts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Size and number of layers are exact whoever writes them.
CREATE FUNCTION "count_context_layers"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE contexts SET layer_count = layer_count + 1, size_bytes = size_bytes + NEW.size_bytes WHERE id = NEW.context_id;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE contexts SET size_bytes = size_bytes + NEW.size_bytes - OLD.size_bytes
        WHERE id = NEW.context_id AND NEW.size_bytes <> OLD.size_bytes;
    ELSE
        UPDATE contexts SET layer_count = layer_count - 1, size_bytes = size_bytes - OLD.size_bytes WHERE id = OLD.context_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER "context_layers_counted" AFTER INSERT OR UPDATE OF "size_bytes" OR DELETE ON "context_layers"
    FOR EACH ROW EXECUTE FUNCTION "count_context_layers"();
