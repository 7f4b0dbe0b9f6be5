-- What the migrations make and schema.prisma has no words for. Both together describe the database; a test compares them.

-- Prisma has no functions or triggers: the database keeps what agents are found by.
CREATE FUNCTION "index_agent"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := setweight(to_tsvector('english', NEW.name), 'A')
        || setweight(to_tsvector('english', array_to_string(NEW.capabilities || NEW.tags || NEW.type, ' ')), 'B')
        || setweight(to_tsvector('english', left(coalesce(NEW.description, ''), 10000)), 'C');
    RETURN NEW;
END $$;
CREATE TRIGGER "agents_indexed" BEFORE INSERT OR UPDATE OF "name", "capabilities", "tags", "type", "description" ON "agents"
    FOR EACH ROW EXECUTE FUNCTION "index_agent"();
