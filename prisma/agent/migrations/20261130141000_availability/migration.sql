-- Agents that tell themselves that they are there.
ALTER TABLE "agents"
    ADD COLUMN "heartbeat" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "heartbeat_at" TIMESTAMPTZ(3),
    ADD COLUMN "heartbeat_expires_at" TIMESTAMPTZ(3),
    ADD COLUMN "heartbeat_load" DOUBLE PRECISION,
    -- What agents are found by, kept by a trigger.
    ADD COLUMN "search" tsvector;

CREATE FUNCTION "index_agent"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := setweight(to_tsvector('english', NEW.name), 'A')
        || setweight(to_tsvector('english', array_to_string(NEW.capabilities || NEW.tags || NEW.type, ' ')), 'B')
        || setweight(to_tsvector('english', left(coalesce(NEW.description, ''), 10000)), 'C');
    RETURN NEW;
END $$;
CREATE TRIGGER "agents_indexed" BEFORE INSERT OR UPDATE OF "name", "capabilities", "tags", "type", "description" ON "agents"
    FOR EACH ROW EXECUTE FUNCTION "index_agent"();
UPDATE "agents" SET "name" = "name";
