import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { verifyWebhook } from '@flowmesh/platform/http';
import type { SignatureRules, WebhookScheme } from './webhook-record.ts';

/** A signature that covers its time is good for so long, into past and future. */
const TOLERANCE_S = 300;

export interface SignedReport {
  readonly headers: IncomingHttpHeaders;
  /** As they were received. */
  readonly bytes: Buffer;
}

/** By what a service tells its reports apart, and what it says that a report is about. */
export interface ReportNames {
  readonly deliveryId: string;
  readonly type: string | null;
}

/** What its own scheme says of a report; null when the signature is not good for these bytes, now. */
export type ReadReport = (report: SignedReport, secret: string, rules: SignatureRules, now: Date) => ReportNames | null;

function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

const hmac = (secret: string, ...parts: (string | Buffer)[]): Buffer => {
  const made = createHmac('sha256', secret);
  for (const part of parts) made.update(part);
  return made.digest();
};

/** Without telling by its time how much of it is right. */
function isSame(expected: Buffer, given: string, encoding: 'hex' | 'base64'): boolean {
  const bytes = Buffer.from(given, encoding);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

/** A text field of a JSON body; null when there is none. */
function fieldOf(bytes: Buffer, name: 'id' | 'type'): string | null {
  try {
    const value: unknown = (JSON.parse(bytes.toString('utf8')) as Record<string, unknown> | null)?.[name];
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

export const digestOf = (content: Buffer | string): string => createHash('sha256').update(content).digest('base64url');

/** `t=<seconds>,v1=<hex>`, with several `v1` while a secret is being replaced. */
const readStripe: ReadReport = ({ headers, bytes }, secret, _rules, now) => {
  const parts = headerOf(headers, 'stripe-signature')
    .split(',')
    .map((part) => part.trim().split('=', 2) as [string, string | undefined]);
  const seconds = parts.find(([name]) => name === 't')?.[1] ?? '';
  const isFresh = /^\d{1,12}$/.test(seconds) && Math.abs(now.getTime() / 1000 - Number(seconds)) <= TOLERANCE_S;
  const expected = hmac(secret, `${seconds}.`, bytes);
  const isSigned = parts.some(([name, value = '']) => name === 'v1' && isSame(expected, value, 'hex'));
  if (!isFresh || !isSigned) return null;
  return { deliveryId: fieldOf(bytes, 'id') ?? digestOf(bytes), type: fieldOf(bytes, 'type') };
};

const readGithub: ReadReport = ({ headers, bytes }, secret) => {
  const given = headerOf(headers, 'x-hub-signature-256');
  if (!given.startsWith('sha256=') || !isSame(hmac(secret, bytes), given.slice(7), 'hex')) return null;
  // The id of the delivery is not signed: whoever has seen one report could have it stored under many.
  return { deliveryId: digestOf(bytes), type: headerOf(headers, 'x-github-event') || null };
};

const readStandard: ReadReport = ({ headers, bytes }, secret, _rules, now) => {
  const id = headerOf(headers, 'webhook-id');
  const signed = {
    id,
    timestamp: headerOf(headers, 'webhook-timestamp'),
    signature: headerOf(headers, 'webhook-signature'),
  };
  return verifyWebhook(secret, signed, bytes, now) ? { deliveryId: id, type: fieldOf(bytes, 'type') } : null;
};

const readGeneric: ReadReport = ({ headers, bytes }, secret, { header, prefix, encoding }) => {
  const given = headerOf(headers, header);
  const written = encoding === 'HEX' ? 'hex' : 'base64';
  if (!given.startsWith(prefix) || !isSame(hmac(secret, bytes), given.slice(prefix.length), written)) return null;
  return { deliveryId: digestOf(bytes), type: fieldOf(bytes, 'type') };
};

export const WEBHOOK_SCHEMES: Readonly<Record<WebhookScheme, ReadReport>> = {
  STRIPE: readStripe,
  GITHUB: readGithub,
  STANDARD: readStandard,
  GENERIC: readGeneric,
};
