import { Readable } from 'node:stream';
import { ErrorCode, forbidden, PublicError, unauthenticated } from '@flowmesh/platform/errors';
import type { CallContext, SubgraphSources } from '@flowmesh/platform/federation';
import { sendRefusal } from '@flowmesh/platform/server';
import { invalidFields } from '@flowmesh/platform/validation';
import { stringify } from 'csv-stringify/sync';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { retryAfterOf, statusOf } from '../operations/refusal.ts';
import { COLUMNS, readAuditPages, type ExportedEntry } from './audit-pages.ts';

const PATH = '/audit/export';
/** The most entries of one response; continue from the last cursor. */
const MAX_ENTRIES = 100_000;
/** The most simultaneous exports of a process. */
const MAX_EXPORTS = 4;

const moment = () =>
  z.iso
    .datetime({ offset: true, error: 'must be a moment, e.g. 2026-01-31T12:00:00Z' })
    .transform((value) => new Date(value))
    .optional();

const parameters = z.strictObject({
  format: z.enum(['ndjson', 'csv'], 'must be ndjson or csv').default('ndjson'),
  actions: z
    .string()
    .transform((value) => value.split(','))
    .optional(),
  outcome: z.enum(['SUCCESS', 'FAILURE', 'DENIED']).optional(),
  actorId: z.string().optional(),
  targetId: z.string().optional(),
  userId: z.string().optional(),
  address: z.string().optional(),
  text: z.string().optional(),
  from: moment(),
  to: moment(),
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_ENTRIES).default(MAX_ENTRIES),
});

type Format = z.output<typeof parameters>['format'];

export interface AuditExportOptions {
  readonly sources: SubgraphSources;
  readonly callOf: (request: FastifyRequest) => Promise<CallContext>;
}

/**
 * `GET /audit/export`: the entries of the audit log that the viewer may see, oldest first, as NDJSON or CSV. Takes the
 * filter of `auditLogs` as parameters. Each entry has a cursor: an interrupted or full export continues with `after`.
 * The token is checked again for every page.
 */
export function registerAuditExport(server: FastifyInstance, { sources, callOf }: AuditExportOptions): void {
  let running = 0;
  server.get(PATH, async (request, reply) => {
    try {
      const call = await callOf(request);
      if (call.viewer.kind === 'anonymous') throw unauthenticated();
      const { format, after, limit, ...filter } = parse(request.query);
      if (running >= MAX_EXPORTS) throw new PublicError('Too many exports at the moment.', ErrorCode.rateLimited);
      running += 1;
      const pages = readAuditPages(sources, { filter, after, limit }, () => sameCaller(call, callOf(request)));
      try {
        // Errors of the request are found before the response begins.
        const first = await pages.next();
        const lines = Readable.from(written(format, first.done ? [] : first.value, pages));
        lines.once('close', () => (running -= 1));
        return await reply
          .header('content-type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
          .header('content-disposition', `attachment; filename="audit.${format}"`)
          .header('cache-control', 'no-store')
          .send(lines);
      } catch (error) {
        running -= 1;
        throw error;
      }
    } catch (error) {
      return refuse(reply, error);
    }
  });
}

function parse(query: unknown): z.output<typeof parameters> {
  const parsed = parameters.safeParse(query);
  if (parsed.success) return parsed.data;
  const problems = invalidFields(parsed.error).map(({ path, message }) => `${path} ${message}`.trim());
  throw new PublicError(problems.join('; '), ErrorCode.badInput);
}

/** The call with the current viewer; an export ends when its token expires. */
async function sameCaller({ viewer }: CallContext, now: Promise<CallContext>): Promise<CallContext> {
  const call = await now;
  if (call.viewer.kind !== viewer.kind) throw forbidden('The token belongs to somebody else now.');
  return call;
}

async function* written(
  format: Format,
  first: readonly ExportedEntry[],
  rest: AsyncGenerator<readonly ExportedEntry[]>,
): AsyncGenerator<string> {
  if (format === 'csv') yield csv([[...COLUMNS, 'cursor']]);
  yield linesOf(format, first);
  for await (const page of rest) yield linesOf(format, page);
}

function linesOf(format: Format, entries: readonly ExportedEntry[]): string {
  if (format === 'ndjson') return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  return csv(entries.map((entry) => [...COLUMNS, 'cursor'].map((column) => cell(entry[column]))));
}

const cell = (value: unknown): string =>
  typeof value === 'string' ? value : value == null ? '' : JSON.stringify(value);

/** RFC 4180; values that a spreadsheet would treat as a formula get an apostrophe in front. */
const csv = (rows: readonly (readonly string[])[]): string =>
  stringify(rows as string[][], { quoted: true, escape_formulas: true, record_delimiter: 'windows' });

function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  // Outages and unexpected errors are answered as everywhere.
  if (!(error instanceof GraphQLError)) throw error;
  const retryAfter = retryAfterOf([error]);
  if (retryAfter !== null) void reply.header('retry-after', String(retryAfter));
  const { message, extensions } = error;
  return sendRefusal(reply, statusOf(error), message, extensions.code as ErrorCode);
}
