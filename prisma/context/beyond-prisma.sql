-- What the migrations make and schema.prisma has no words for. Both together describe the database; a test compares them.

-- Prisma has no checks.
ALTER TABLE "contexts"
    ADD CONSTRAINT "contexts_layer_count_check" CHECK ("layer_count" <= 50),
    ADD CONSTRAINT "contexts_size_check" CHECK ("size_bytes" <= 100000000);
ALTER TABLE "context_layer_versions"
    ADD CONSTRAINT "context_layer_versions_data_check" CHECK (octet_length("data"::text) <= 4000000);

-- Prisma has no functions or triggers: the database counts the layers of a context and their size.
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

-- Numbers of vectors do not compress.
ALTER TABLE "context_layer_chunks" ALTER COLUMN "embedding" SET STORAGE EXTERNAL;

-- Whoever writes a layer: its embeddings are of what it was, and go in the same transaction. Writes within a second are
-- embedded together; one that waits already keeps its time, so that a layer that changes all the time has its turn.
CREATE FUNCTION "embed_context_layer"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO context_embeddings (layer_id, version, due_at)
    VALUES (NEW.id, NEW.version, clock_timestamp() + interval '1 second')
    ON CONFLICT (layer_id) DO UPDATE SET version = NEW.version, model = NULL, dimensions = NULL, attempts = 0,
        due_at = CASE WHEN context_embeddings.model IS NULL AND context_embeddings.claim IS NULL
            THEN least(context_embeddings.due_at, excluded.due_at) ELSE excluded.due_at END,
        claim = NULL;
    DELETE FROM context_layer_chunks WHERE layer_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER "context_layers_embedded" AFTER INSERT OR UPDATE OF "version" ON "context_layers"
    FOR EACH ROW EXECUTE FUNCTION "embed_context_layer"();
