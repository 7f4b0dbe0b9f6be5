import fc from 'fast-check';
import type { HostileCase, Leaving } from './raw-line.ts';

const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** For whom the requests are made up. */
export interface Target {
  /** Good for a subscription; without one all requests are anonymous. */
  readonly token?: string;
  readonly paths: readonly string[];
}

const leaving: fc.Arbitrary<Leaving> = oneOf<Leaving>('close', 'half-close', 'reset', 'linger');
/** Mostly at once: the moments right behind the request are the interesting ones. */
const stay = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 30 }) },
);

export const ending = fc.record({ leaving, stayMs: stay });

const method = fc.oneof(
  { weight: 4, arbitrary: oneOf('GET', 'POST') },
  {
    weight: 1,
    arbitrary: oneOf(
      'OPTIONS',
      'PUT',
      'DELETE',
      'HEAD',
      'PATCH',
      'TRACE',
      'CONNECT',
      'PRI',
      'QUERY',
      'BREW',
      'get',
      '',
      'GE\0T',
      'G'.repeat(9_000),
    ),
  },
);

const ODD_TARGETS = [
  '//',
  '//[',
  '///',
  '/%',
  '/%zz',
  '/%00',
  '/%E0%A4%A',
  '*',
  '?',
  '#',
  '',
  '/\0',
  '/\xff\xfe',
  '/../../etc/passwd',
  '/graphql//',
  '//graphql',
  '/graphql%',
  '/graphql?',
  '/graphql?%',
  '/graphql?query=%E0%A4%A',
  '/graphql?query={__typename}',
  '/graphql?query={__typename}&variables=[',
  '/graphql?query=a&query=b',
  '/graphql#[',
  '/graphql/../graphql',
  '/GRAPHQL',
  'http://[',
  'http://x:99999999/graphql',
  'http://127.0.0.1/graphql',
  'https://a@b@c/graphql',
  'graphql',
  'ftp://x/',
  'http:',
  '127.0.0.1:80',
  '[::1]:80',
  `/${'a'.repeat(20_000)}`,
  `/${'%41'.repeat(3_000)}`,
  `/graphql?${'a=b&'.repeat(3_000)}`,
  '/graphiql/..%2f..%2fpackage.json',
  '/graphiql/%00',
  '/account/verify-email#',
  '/services/notification/callbacks/%',
  '/services/notification/links/..%2f..',
  '/services//health',
  '/metrics?%',
  '/audit-logs/export?%',
];

const target = ({ paths }: Target) =>
  fc.oneof({ weight: 3, arbitrary: oneOf(...paths) }, { weight: 2, arbitrary: oneOf(...ODD_TARGETS) });

const version = fc.oneof(
  { weight: 8, arbitrary: fc.constant('HTTP/1.1') },
  { weight: 1, arbitrary: oneOf('HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.2', 'HTP/1.1', '') },
);

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const header = ({ token }: Target): fc.Arbitrary<string> =>
  oneOf(
    'Host: [',
    'Host: a, b',
    'Host:',
    'Host: \xff',
    'Connection: Upgrade',
    'Connection: upgrade, close',
    'Connection: keep-alive, \x01',
    'Upgrade: websocket',
    'Upgrade: h2c',
    'Upgrade: websocket, websocket',
    'Upgrade: \xff',
    'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
    `Sec-WebSocket-Key: ${KEY}`,
    'Sec-WebSocket-Key: short',
    'Sec-WebSocket-Key:',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Version: 7',
    'Sec-WebSocket-Version: x',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    'Sec-WebSocket-Protocol: ,,,',
    'Sec-WebSocket-Protocol: graphql-ws, graphql-ws',
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99',
    'Content-Length: 0',
    'Content-Length: 5',
    'Content-Length: 999999999',
    'Content-Length: -1',
    'Content-Length: 1e3',
    'Content-Length: 99999999999999999999',
    'Content-Length: 3, 4',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: gzip',
    'Transfer-Encoding: \x0bchunked',
    'Content-Encoding: gzip',
    'Expect: 100-continue',
    'Expect: nothing',
    'TE: trailers',
    'Trailer: host',
    'Content-Type: application/json',
    'Content-Type: application/json; charset=\xff',
    'Content-Type: text/plain',
    'Content-Type: multipart/form-data',
    'Content-Type: ;;;',
    'Content-Type:',
    'Accept: text/event-stream',
    'Accept: multipart/mixed;boundary=graphql;subscriptionSpec=1.0',
    'Accept: application/json;q=2',
    'Accept: ;q=',
    `Accept: ${'a/b,'.repeat(2_000)}`,
    'Accept: text/html',
    'Accept: */*',
    'Authorization: Bearer',
    'Authorization: Bearer a.b.c',
    'Authorization: Basic \xff',
    `Authorization: Bearer ${'e'.repeat(9_000)}`,
    'Authorization: Bearer fm_x',
    ...(token ? [`Authorization: Bearer ${token}`] : []),
    'X-Forwarded-For: 999.1.1.1',
    'X-Forwarded-For: [::1',
    'X-Forwarded-For: , ,',
    `X-Forwarded-For: ${'1.1.1.1,'.repeat(1_000)}`,
    'X-Forwarded-For: \xff',
    'X-Forwarded-Proto: ://',
    'Forwarded: for="[',
    'X-Real-IP: %',
    'X-Request-Id: a',
    `X-Request-Id: ${'x'.repeat(9_000)}`,
    'X-Request-Id: \xff\xfe12345678',
    'X-Flowmesh-Viewer: a.b.c',
    'X-GraphQL-Event-Stream-Token: x',
    'Apollo-Require-Preflight: \xff',
    'Origin: null',
    'Origin: http://[',
    'Origin: https://evil.example',
    'Access-Control-Request-Method: POST',
    'Cookie: a=b; a',
    'Last-Event-ID: \xff',
    'Range: bytes=0-',
    'If-None-Match: *',
    `X-Huge: ${'h'.repeat(70_000)}`,
    'No colon',
    ': empty',
    ' folded: 1',
    'X-Nul: a\0b',
    'X-Bare: a\rb',
    '\xff: 1',
    'x'.repeat(300) + ': 1',
  );

const DOCUMENTS = [
  '{ __typename }',
  '{ me { id } }',
  'subscription { agentEvents { cursor } }',
  'mutation { __typename }',
  '{',
  '',
  '{ a'.repeat(500),
  '\0',
  '"""',
];

const jsonBody = fc.oneof(
  oneOf(...DOCUMENTS).map((query) => JSON.stringify({ query })),
  fc
    .record(
      {
        query: fc.oneof(oneOf<unknown>(...DOCUMENTS), fc.jsonValue()),
        operationName: fc.jsonValue(),
        variables: fc.jsonValue(),
        extensions: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
  oneOf(
    '[',
    '{"query":',
    '[]',
    'null',
    '1',
    '"',
    '{"__proto__":{"query":"{a}"}}',
    '{"query":"{__typename}","query":1}',
    `{"variables":${'['.repeat(5_000)}`,
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  ),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

const chunked = fc
  .tuple(
    jsonBody,
    oneOf(
      '0\r\n\r\n',
      '',
      '0\r\n',
      'ffffffffffffffff\r\n',
      'zz\r\n',
      '-1\r\n',
      '0\r\nTrailer: \0\r\n\r\n',
      '5;ext=\xff\r\nabcde\r\n0\r\n\r\n',
      `1${';a'.repeat(20_000)}\r\n`,
    ),
  )
  .map(([body, tail]) => `${body.length.toString(16)}\r\n${body}\r\n${tail}`);

const serialise = (method: string, target: string, version: string, headers: readonly string[], body: string) =>
  Buffer.from(
    `${method} ${target} ${version}\r\nHost: 127.0.0.1\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n${body}`,
    'latin1',
  );

/** Lines and headers of requests, put together as they come. */
const assembled = (to: Target): fc.Arbitrary<Buffer[]> =>
  fc
    .tuple(
      method,
      target(to),
      version,
      fc.array(header(to), { maxLength: 6 }),
      fc.oneof(fc.constant(''), jsonBody, chunked),
    )
    .map((parts) => [serialise(...parts)]);

const post = (to: Target, extra: readonly string[], query: string): Buffer => {
  const body = JSON.stringify({ query });
  const headers = [
    ...extra,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    ...(to.token ? [`Authorization: Bearer ${to.token}`] : []),
  ];
  return serialise('POST', '/graphql', 'HTTP/1.1', headers, body);
};

/** Requests that are right, and are left within 30 ms; streams among them. */
const valid = (to: Target): fc.Arbitrary<Buffer[]> =>
  fc
    .tuple(
      oneOf(
        'application/json',
        'text/event-stream',
        'text/event-stream',
        'multipart/mixed;boundary=graphql;subscriptionSpec=1.0',
      ),
      oneOf(
        '{ __typename }',
        '{ me { id } }',
        'subscription { agentEvents { cursor } }',
        'subscription { workflowExecutionEvents { cursor } }',
      ),
      fc.integer({ min: 1, max: 3 }),
    )
    .map(([accept, query, times]) => Array.from({ length: times }, () => post(to, [`Accept: ${accept}`], query)));

/** Right requests with some bytes changed, taken away or said twice, in pieces. */
const mutated = (to: Target): fc.Arbitrary<Buffer[]> =>
  fc
    .tuple(
      valid(to),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), oneOf('set', 'cut', 'repeat', 'insert')), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.nat(),
    )
    .map(([[request = Buffer.alloc(1)], changes, cut]) => {
      let bytes = Buffer.from(request);
      for (const [at, value, change] of changes) {
        const index = at % Math.max(1, bytes.length);
        if (change === 'set') bytes[index] = value;
        else if (change === 'cut')
          bytes = Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + (value % 16))]);
        else if (change === 'insert')
          bytes = Buffer.concat([bytes.subarray(0, index), Buffer.from([value]), bytes.subarray(index)]);
        else bytes = Buffer.concat([bytes.subarray(0, index), bytes]);
      }
      const half = cut % Math.max(1, bytes.length);
      return [bytes.subarray(0, half), bytes.subarray(half)];
    });

const TLS_HELLO = Buffer.from(
  '16030100a5010000a10303' + '00'.repeat(32) + '20' + '11'.repeat(32) + '0004130113020100',
  'hex',
);
const POSTGRES = Buffer.from('0000000804d2162f', 'hex');

/** Other protocols, and none at all. */
const foreign: fc.Arbitrary<Buffer[]> = fc.oneof(
  oneOf(
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1'),
    TLS_HELLO,
    POSTGRES,
    Buffer.from('SSH-2.0-x\r\n'),
    Buffer.from('*1\r\n$4\r\nPING\r\n'),
    Buffer.from('\r\n'.repeat(2_000)),
    Buffer.from('GET /\n\n'),
    Buffer.alloc(0),
    Buffer.alloc(100_000, 'A'),
    Buffer.from('GET / HTTP/1.1\r\n' + 'a: b\r\n'.repeat(5_000)),
  ).map((bytes) => [bytes]),
  fc.uint8Array({ minLength: 1, maxLength: 500 }).map((bytes) => [Buffer.from(bytes)]),
);

const named = (kind: string, chunks: fc.Arbitrary<Buffer[]>): fc.Arbitrary<HostileCase> =>
  fc
    .tuple(chunks, ending, oneOf(0, 0, 20))
    .map(([pieces, end, answerMs]) => ({ kind, chunks: pieces, answerMs, ...end }));

/** Everything that can be said to an HTTP server, most of it wrong. */
export const hostileRequest = (to: Target): fc.Arbitrary<HostileCase> =>
  fc.oneof(
    { weight: 5, arbitrary: named('an odd request', assembled(to)) },
    { weight: 2, arbitrary: named('a changed request', mutated(to)) },
    { weight: 3, arbitrary: named('a request that is left', valid(to)) },
    { weight: 1, arbitrary: named('another protocol', foreign) },
  );
