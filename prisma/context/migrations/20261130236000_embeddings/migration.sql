-- Embeddings of layers, for search by meaning: which version of each layer is to be embedded, and the vectors of its chunks.
CREATE TABLE "context_embeddings" (
    "layer_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "model" TEXT,
    "dimensions" INTEGER,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "claim" TEXT,

    CONSTRAINT "context_embeddings_pkey" PRIMARY KEY ("layer_id")
);

CREATE TABLE "context_layer_chunks" (
    "layer_id" TEXT NOT NULL,
    "place" INTEGER NOT NULL,
    "starts_at" INTEGER NOT NULL,
    "embedding" REAL[],

    CONSTRAINT "context_layer_chunks_pkey" PRIMARY KEY ("layer_id","place")
);

CREATE INDEX "context_embeddings_waiting_idx" ON "context_embeddings"("due_at") WHERE (model IS NULL);
CREATE INDEX "context_embeddings_model_idx" ON "context_embeddings"("model");

ALTER TABLE "context_embeddings" ADD CONSTRAINT "context_embeddings_layer_id_fkey" FOREIGN KEY ("layer_id") REFERENCES "context_layers"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "context_layer_chunks" ADD CONSTRAINT "context_layer_chunks_layer_id_fkey" FOREIGN KEY ("layer_id") REFERENCES "context_embeddings"("layer_id") ON DELETE CASCADE ON UPDATE CASCADE;

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

-- Layers of before.
INSERT INTO context_embeddings (layer_id, version) SELECT id, version FROM context_layers;
