import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { storableJson, storableText } from '@flowmesh/platform/validation';
import type { ListedTool } from './mcp-calls.ts';
import type { McpToolRecord } from './mcp-tools.ts';

const COLUMNS = `t.agent_id as "agentId", t.name, t.title, t.description, t.input_schema as "inputSchema",
  t.output_schema as "outputSchema", t.listed_at as "listedAt", t.name as id`;

/** The tools of MCP agents, as their servers have last listed them. */
export class McpToolStore {
  readonly list: SqlList<McpToolRecord, null, 'name'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'agent_mcp_tools t',
      where: () => 'true',
      orderColumns: { name: 't.name' },
      idColumn: null,
      parent: { column: 't.agent_id', field: 'agentId' },
    });
  }

  async find(agentId: string, name: string): Promise<McpToolRecord | null> {
    const { rows } = await this.pool.query<McpToolRecord>(
      `select ${COLUMNS} from agent_mcp_tools t where t.agent_id = $1 and t.name = $2`,
      [agentId, name],
    );
    return rows[0] ?? null;
  }

  /** Sorted; the first 100. */
  async namesOf(agentId: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ name: string }>(
      'select name from agent_mcp_tools where agent_id = $1 order by name limit 100',
      [agentId],
    );
    return rows.map(({ name }) => name);
  }

  /** Stores what the server has listed, unless the agent was changed meanwhile. */
  replace(agentId: string, version: number, tools: readonly ListedTool[]): Promise<void> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query(
        'select 1 from agents where id = $1 and version = $2 and deleted_at is null for no key update',
        [agentId, version],
      );
      if (rows.length === 0) return;
      const storable = [...byStoredName(tools).values()];
      await tx.query(
        `insert into agent_mcp_tools (agent_id, name, title, description, input_schema, output_schema, listed_at)
         select $1, t.name, t.title, t.description, t."inputSchema", nullif(t."outputSchema", 'null'::jsonb), now()
         from jsonb_to_recordset($2::jsonb)
           as t(name text, title text, description text, "inputSchema" jsonb, "outputSchema" jsonb)
         on conflict (agent_id, name) do update set title = excluded.title, description = excluded.description,
           input_schema = excluded.input_schema, output_schema = excluded.output_schema, listed_at = excluded.listed_at`,
        [agentId, JSON.stringify(storable)],
      );
      await tx.query('delete from agent_mcp_tools where agent_id = $1 and not name = any($2::text[])', [
        agentId,
        storable.map(({ name }) => name),
      ]);
    });
  }

  /** Another server has other tools. */
  async forget(agentId: string): Promise<void> {
    await this.pool.query('delete from agent_mcp_tools where agent_id = $1', [agentId]);
  }
}

/** Names may be the same once they can be stored: the tool whose name was so from the beginning is the one that can be called. */
function byStoredName(tools: readonly ListedTool[]): ReadonlyMap<string, ListedTool> {
  const found = new Map<string, ListedTool>();
  for (const tool of tools) {
    const name = storableText(tool.name);
    if (name !== '' && (name === tool.name || !found.has(name))) found.set(name, storableJson(tool) as ListedTool);
  }
  return found;
}
