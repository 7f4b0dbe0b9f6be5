-- The tools of the servers of MCP agents, as they were last listed.
CREATE TABLE "agent_mcp_tools" (
    "agent_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "title" TEXT,
    "description" TEXT,
    "input_schema" JSONB NOT NULL,
    "output_schema" JSONB,
    "listed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_mcp_tools_pkey" PRIMARY KEY ("agent_id", "name")
);

ALTER TABLE "agent_mcp_tools" ADD CONSTRAINT "agent_mcp_tools_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;
