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
