import { startHttpService, type ServiceAnswer, type ServiceCall } from './http-service.ts';

/** The secret part of an incoming webhook's address. */
export const SLACK_PATH = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';

const BLOCK_TYPES = new Set([
  'actions',
  'context',
  'divider',
  'file',
  'header',
  'image',
  'input',
  'markdown',
  'rich_text',
  'section',
  'video',
]);
const FIELDS = new Set(['text', 'blocks', 'attachments', 'thread_ts', 'unfurl_links', 'unfurl_media', 'mrkdwn']);

const word = (status: number, body: string): ServiceAnswer => ({ status, body });

function problemOf(payload: Record<string, unknown>): ServiceAnswer | null {
  const { text, blocks, attachments, thread_ts: thread } = payload;
  const unknown = Object.keys(payload).some((name) => !FIELDS.has(name));
  if (unknown || (text !== undefined && typeof text !== 'string')) return word(400, 'invalid_payload');
  if (blocks !== undefined) {
    const valid =
      Array.isArray(blocks) &&
      blocks.length <= 50 &&
      blocks.every((block) => BLOCK_TYPES.has((block as { type: string }).type));
    if (!valid) return word(400, 'invalid_blocks');
  }
  if (attachments !== undefined) {
    if (!Array.isArray(attachments)) return word(400, 'invalid_attachments');
    if (attachments.length > 100) return word(400, 'too_many_attachments');
  }
  if (thread !== undefined && !/^\d+\.\d+$/.test(String(thread))) return word(400, 'invalid_thread_ts');
  return text || blocks || attachments ? null : word(400, 'no_text');
}

/** Slack's incoming webhooks: one is there at `url + SLACK_PATH`, all others have been removed. */
export async function startSlackDouble() {
  const payloads: Record<string, unknown>[] = [];

  function answer({ method, path, headers, body }: ServiceCall): ServiceAnswer {
    if (path !== SLACK_PATH) return word(404, 'no_service');
    if (method !== 'POST' || !headers['content-type']?.startsWith('application/json')) {
      return word(400, 'invalid_payload');
    }
    let payload: Record<string, unknown>;
    try {
      payload = JSON.parse(body.toString()) as Record<string, unknown>;
    } catch {
      return word(400, 'invalid_payload');
    }
    const problem = problemOf(payload);
    if (problem) return problem;
    payloads.push(payload);
    return word(200, 'ok');
  }

  const service = await startHttpService(answer);
  return { ...service, webhookUrl: `${service.url}${SLACK_PATH}`, payloads };
}

export type SlackDouble = Awaited<ReturnType<typeof startSlackDouble>>;
