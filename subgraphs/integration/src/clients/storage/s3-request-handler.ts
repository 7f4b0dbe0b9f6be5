import { Readable } from 'node:stream';
import type { GuardedHttp } from '@flowmesh/platform/http';
import { storageFailure, unusableAnswer } from './storage-failure.ts';

/** The policy of the integration ends calls before; this one bounds what forgets to. */
const DEADLINE_MS = 600_000;

/** A request as the SDK has signed it. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Of the connection, which are made again when the request is sent. */
const OF_THE_CONNECTION = new Set(['host', 'content-length', 'expect', 'connection']);

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

function addressOf({ protocol, hostname, port, path, query = {} }: SdkRequest): string {
  const parameters = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => `${encoded(name)}=${encoded(value ?? '')}`),
  );
  const search = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search}`;
}

function bodyOf(body: unknown): { readonly body: string | Uint8Array } | Record<string, never> {
  if (body === undefined || body === null) return {};
  if (typeof body === 'string' || body instanceof Uint8Array) return { body };
  throw new TypeError('Only texts and bytes are sent to a storage.');
}

/** S3 writes no document types, and the SDK’s reader of XML takes minutes for a megabyte of them. */
const hasDoctype = (xml: string): boolean => /<!doctype/i.test(xml);

const tagOf = (xml: string, name: string): string | null =>
  new RegExp(`<${name}>([^<]{1,500})</${name}>`).exec(xml)?.[1] ?? null;

/** Says where the bucket is, which is what most often is wrong with the settings. */
function refusalOf(response: Response, xml: string) {
  const { status, headers } = response;
  const region = headers.get('x-amz-bucket-region');
  const detail = tagOf(xml, 'Message');
  const where = status < 404 && region !== null ? ` (the bucket is in the region ${region.slice(0, 50)})` : '';
  return {
    status,
    headers,
    word: tagOf(xml, 'Code'),
    detail: detail === null && where === '' ? null : `${detail ?? ''}${where}`,
  };
}

export interface S3RequestHandlerOptions {
  readonly signal: AbortSignal;
  /** Of an answer. */
  readonly maxBytes: number;
  /** Answers that are XML are read by the SDK; other ones are bytes of the object. */
  readonly isXml: boolean;
}

/**
 * The network of the SDK: by the operator's rules for addresses, within the deadline of the call and a bound for its answer.
 * Throws `CallError` for every answer that is no success, so that the SDK reads none of them.
 */
export class S3RequestHandler {
  /** Whether anything was sent at all. */
  asked = false;

  constructor(
    private readonly http: GuardedHttp,
    private readonly options: S3RequestHandlerOptions,
  ) {}

  async handle(request: SdkRequest) {
    this.asked = true;
    const { signal, maxBytes, isXml } = this.options;
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase())),
    );
    const { method } = request;
    const call = { method, headers, ...bodyOf(request.body), deadlineMs: DEADLINE_MS, maxBytes, signal };
    const response = await this.http.request(addressOf(request), call);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.status >= 300) throw storageFailure(refusalOf(response, bytes.toString()));
    if (isXml && hasDoctype(bytes.toString())) throw unusableAnswer('it has a document type');
    const answer = {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: Readable.from(bytes.length === 0 ? [] : [bytes]),
    };
    return { response: answer };
  }

  /** The SDK asks for these two, and has nothing to change here. */
  updateHttpClientConfig(): void {
    return undefined;
  }

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}
