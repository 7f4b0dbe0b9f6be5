import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

/** An MCP server of the official SDK, in this process, so that tests see what reaches it. */
export class McpPeer {
  /** Calls of `wait` that were cancelled. */
  cancelled = 0;
  /** Connections that were closed before their answer was complete. */
  closed = 0;
  readonly authorization: (string | undefined)[] = [];
  /** Instead of MCP: what it answers. */
  instead: { readonly status: number; readonly body: string; readonly type?: string } | null = null;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<McpPeer> {
    const server = createServer();
    const peer = new McpPeer(server);
    server.on('request', (request, response) => {
      peer.authorization.push(request.headers.authorization);
      response.on('close', () => void (response.writableFinished || (peer.closed += 1)));
      if (peer.instead) {
        const { status, body, type = 'application/json' } = peer.instead;
        return response.writeHead(status, { 'content-type': type }).end(body);
      }
      return void peer.answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private readonly sessions = new Map<string, StreamableHTTPServerTransport>();

  private async answer(...[request, response]: Parameters<StreamableHTTPServerTransport['handleRequest']>) {
    const known = this.sessions.get(String(request.headers['mcp-session-id']));
    if (known) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void this.sessions.set(id, transport),
      onsessionclosed: (id) => void this.sessions.delete(id),
    });
    // The types of the SDK do not know exact optional properties.
    await this.tools().connect(transport as Parameters<McpServer['connect']>[0]);
    return transport.handleRequest(request, response);
  }

  /** Sessions that were not ended. */
  get open(): number {
    return this.sessions.size;
  }

  private tools(): McpServer {
    const server = new McpServer({ name: 'peer', version: '1.0.0' }, { capabilities: { logging: {} } });
    server.registerTool(
      'add',
      { inputSchema: { a: z.number(), b: z.number() }, outputSchema: { sum: z.number() }, description: 'Adds.' },
      ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }], structuredContent: { sum: a + b } }),
    );
    server.registerTool('deep', {}, () => ({ content: [], structuredContent: { deep: deepList() } }));
    server.registerTool('fail', {}, () => ({ content: [{ type: 'text', text: 'No luck today.' }], isError: true }));
    server.registerTool('wait', {}, async ({ signal, sendNotification, _meta }) => {
      const progressToken = _meta?.progressToken;
      if (progressToken !== undefined) {
        await sendNotification({
          method: 'notifications/progress',
          params: { progressToken, progress: 1, total: 2, message: 'half of it' },
        });
      }
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      this.cancelled += 1;
      return { content: [] };
    });
    server.registerTool('tell', {}, async ({ sendNotification, _meta }) => {
      const progressToken = _meta?.progressToken ?? '';
      await sendNotification({
        method: 'notifications/progress',
        params: { progressToken, progress: 1, total: 2, message: 'half of it' },
      });
      await sendNotification({
        method: 'notifications/message',
        params: { level: 'warning', data: { message: 'low on paper', sheets: 3 } },
      });
      return { content: [{ type: 'text', text: 'told' }] };
    });
    server.registerTool('large', {}, () => ({ content: [{ type: 'text', text: 'x'.repeat(6 * 1024 * 1024) }] }));
    return server;
  }
}

/** Nested 3,000 deep. */
const deepList = (): unknown => JSON.parse('['.repeat(3_000) + ']'.repeat(3_000));
