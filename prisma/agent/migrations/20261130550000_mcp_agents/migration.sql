-- Agents that are tools of an MCP server.
ALTER TYPE "agent_kind" ADD VALUE 'MCP';
