import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import { checkAnswer } from '../executions/kinds/answer-limits.ts';

/** A tool as its server describes it. */
export interface ListedTool {
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly inputSchema: Record<string, unknown>;
  readonly outputSchema: Record<string, unknown> | null;
}

export const MAX_TOOLS = 500;
const MAX_PAGES = 50;
const MAX_NAME_CHARACTERS = 200;
const MAX_TEXT_CHARACTERS = 10_000;
const MAX_SCHEMA_BYTES = 256 * 1024;

/** Is told what a server says while it works. */
export interface CallListener {
  progressed(text: string): void;
  said(level: string, data: unknown): void;
}

/** What the product asks an MCP server, on one connection. */
export class McpCalls {
  constructor(
    private readonly client: Client,
    private readonly options: RequestOptions,
  ) {}

  /** The tools that can be used, at most `MAX_TOOLS`; none of a server that offers none. */
  async tools(): Promise<ListedTool[]> {
    if (!this.client.getServerCapabilities()?.tools) return [];
    const { ListToolsResultSchema } = await import('@modelcontextprotocol/sdk/types.js');
    const found = new Map<string, ListedTool>();
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES && found.size < MAX_TOOLS; page += 1) {
      const request = { method: 'tools/list' as const, params: cursor === undefined ? {} : { cursor } };
      const listed = await this.client.request(request, ListToolsResultSchema, this.options);
      for (const tool of listed.tools) if (isUsable(tool)) found.set(tool.name, toListed(tool));
      cursor = listed.nextCursor;
      if (cursor === undefined) break;
    }
    return [...found.values()].slice(0, MAX_TOOLS);
  }

  /** `said`: what the server logs meanwhile. */
  async call(name: string, args: Record<string, unknown>, { progressed, said }: CallListener): Promise<CallToolResult> {
    const { CallToolResultSchema, LoggingMessageNotificationSchema } =
      await import('@modelcontextprotocol/sdk/types.js');
    this.client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params: { level, data } }) =>
      said(level, data),
    );
    const request = { method: 'tools/call' as const, params: { name, arguments: args } };
    return this.client.request(request, CallToolResultSchema, {
      ...this.options,
      onprogress: ({ progress, total, message }) =>
        progressed(message ?? (total === undefined ? String(progress) : `${progress}/${total}`)),
    });
  }
}

/** Deep ones cannot be written as JSON, or not be stored. */
function isSmall(schema: unknown): boolean {
  try {
    checkAnswer(schema);
    return Buffer.byteLength(JSON.stringify(schema ?? null)) <= MAX_SCHEMA_BYTES;
  } catch (error) {
    if (error instanceof AgentFailure) return false;
    throw error;
  }
}

const isUsable = ({ name, inputSchema, outputSchema }: Tool): boolean =>
  name !== '' && name.length <= MAX_NAME_CHARACTERS && isSmall(inputSchema) && isSmall(outputSchema);

const textOf = (text: string | undefined): string | null => text?.slice(0, MAX_TEXT_CHARACTERS) ?? null;

const toListed = ({ name, title, annotations, description, inputSchema, outputSchema }: Tool): ListedTool => ({
  name,
  title: textOf(title ?? annotations?.title),
  description: textOf(description),
  inputSchema: { ...inputSchema },
  outputSchema: outputSchema ? { ...outputSchema } : null,
});
