import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { McpCommand } from './mcp-settings.ts';

/** A server is asked to end by the end of its input; whatever is left of it after this is killed. */
const END_GRACE_MS = 300;
/** Of what it writes to its error output, to say why it has ended. */
const MAX_COMPLAINT_CHARACTERS = 500;

/**
 * Starts the command in a process group of its own. A process of that group waits for the end of a pipe that only this
 * process holds open, and then kills the group: nothing outlives the product, however it ends.
 */
const script = (memoryMb: number) =>
  [
    '(exec < /dev/null > /dev/null 2>&1; read -r _ <&3; kill -s KILL -- -$$) &',
    'exec 3<&-;',
    'ulimit -c 0;',
    `ulimit -d ${memoryMb * 1024} 2> /dev/null;`,
    'exec "$0" "$@"',
  ].join(' ');

/** An MCP server as a process of this machine, spoken to by its standard input and output. */
export class McpProcess implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  private readonly buffer: ReadBuffer;
  private child: ChildProcess | undefined;
  private complaint = '';

  constructor(
    private readonly server: McpCommand,
    private readonly limits: { readonly memoryMb: number; readonly maxMessageBytes: number },
  ) {
    this.buffer = new ReadBuffer({ maxBufferSize: limits.maxMessageBytes });
  }

  /** What it has said on its error output. */
  get complaints(): string {
    return this.complaint.trim();
  }

  async start(): Promise<void> {
    const { command, args, env } = this.server;
    const child = spawn('/bin/sh', ['-c', script(this.limits.memoryMb), command, ...args], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, ...env },
      cwd: tmpdir(),
      detached: true,
    });
    this.child = child;
    child.stdout?.on('data', (chunk: Buffer) => this.read(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      if (this.complaint.length < MAX_COMPLAINT_CHARACTERS) this.complaint += chunk.toString('utf8');
    });
    const lifeline = child.stdio[3] as Writable;
    for (const stream of [child.stdin, child.stdout, child.stderr, lifeline]) {
      stream?.on('error', (error) => this.onerror?.(error));
    }
    // Not the end of its pipes, which other processes of its group may hold open.
    child.once('exit', () => this.gone());
    await once(child, 'spawn');
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const input = this.child?.stdin;
    if (!input?.writable) throw new Error('The server has ended.');
    if (!input.write(serializeMessage(message))) await once(input, 'drain');
  }

  /** Ends the server and all that it has started. */
  async close(): Promise<void> {
    const { child } = this;
    if (!child) return;
    child.stdin?.end();
    if (child.exitCode === null && child.signalCode === null) {
      await once(child, 'exit', { signal: AbortSignal.timeout(END_GRACE_MS) }).catch(() => undefined);
    }
    this.gone();
  }

  private read(chunk: Buffer): void {
    try {
      this.buffer.append(chunk);
    } catch {
      this.onerror?.(new Error('The server has written more than it may.'));
      return this.gone();
    }
    for (;;) {
      try {
        const message = this.buffer.readMessage();
        if (message === null) return;
        this.onmessage?.(message);
      } catch (error) {
        // A line that is no message: some servers write logs there.
        this.onerror?.(error as Error);
      }
    }
  }

  private gone(): void {
    const { child } = this;
    if (!child) return;
    this.child = undefined;
    this.buffer.clear();
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing is left of the group.
    }
    for (const stream of child.stdio) stream?.destroy();
    this.onclose?.();
  }
}
