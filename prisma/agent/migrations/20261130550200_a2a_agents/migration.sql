-- Agents of others that are called by A2A.
ALTER TYPE "agent_kind" ADD VALUE 'A2A';
