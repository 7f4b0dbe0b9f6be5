-- Agents know the preset from which they were registered.
ALTER TABLE "agents" ADD COLUMN "preset" TEXT;
