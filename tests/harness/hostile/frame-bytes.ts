import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { ending, type Target } from './http-bytes.ts';
import type { HostileCase } from './raw-line.ts';

const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** A request for a WebSocket. */
export const handshake = (protocol: string | null, path = '/graphql'): Buffer =>
  Buffer.from(
    [
      `GET ${path} HTTP/1.1`,
      'Host: 127.0.0.1',
      'Connection: Upgrade',
      'Upgrade: websocket',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      'Sec-WebSocket-Version: 13',
      ...(protocol === null ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
      '\r\n',
    ].join('\r\n'),
  );

interface FrameOptions {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly reserved?: number;
  readonly masked?: boolean;
  /** Said in the header instead of the true one. */
  readonly length?: bigint;
}

/** A frame of RFC 6455, or what looks like one. */
function frame(
  payload: Buffer,
  { opcode = 1, fin = true, reserved = 0, masked = true, length }: FrameOptions = {},
): Buffer {
  const size = length ?? BigInt(payload.length);
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const maskBit = masked ? 0x80 : 0;
  let head: Buffer;
  if (size < 126n) head = Buffer.from([first, maskBit | Number(size)]);
  else if (size < 65_536n) {
    head = Buffer.from([first, maskBit | 126, 0, 0]);
    head.writeUInt16BE(Number(size), 2);
  } else {
    head = Buffer.concat([Buffer.from([first, maskBit | 127]), Buffer.alloc(8)]);
    head.writeBigUInt64BE(size, 2);
  }
  if (!masked) return Buffer.concat([head, payload]);
  const mask = Buffer.from([1, 2, 3, 4]);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index % 4]!)]);
}

/** A whole message, as a client masks it. */
export const text = (value: unknown) =>
  frame(Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')));

/** Frames that break RFC 6455, or lean on what it allows. */
const oddFrame: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .tuple(
      fc.uint8Array({ maxLength: 200 }),
      fc.record({ opcode: fc.nat({ max: 15 }), fin: fc.boolean(), reserved: fc.nat({ max: 7 }), masked: fc.boolean() }),
    )
    .map(([payload, options]) => frame(Buffer.from(payload), options)),
  oneOf(2n ** 63n, 2n ** 53n, 2n ** 31n, 10_000_000n, 2n ** 64n - 1n).map((length) =>
    frame(Buffer.from('x'), { length }),
  ),
  oneOf(
    frame(Buffer.from([0xff, 0xfe, 0xc0])),
    frame(Buffer.from('unmasked'), { masked: false }),
    frame(Buffer.from('{"type":'), { fin: false }),
    frame(Buffer.alloc(0), { opcode: 0, fin: false }),
    frame(Buffer.alloc(126), { opcode: 9 }),
    frame(Buffer.from([0x03]), { opcode: 8 }),
    frame(Buffer.from([0x00, 0x00]), { opcode: 8 }),
    frame(Buffer.from([0x03, 0xe8, 0xff]), { opcode: 8 }),
    frame(Buffer.from([0x03, 0xe8]), { opcode: 8 }),
    Buffer.concat(Array.from({ length: 2_000 }, () => frame(Buffer.from('p'), { opcode: 9 }))),
    Buffer.concat([
      frame(Buffer.from('['), { fin: false }),
      ...Array.from({ length: 3_000 }, () => frame(Buffer.from('['), { opcode: 0, fin: false })),
    ]),
    Buffer.concat(Array.from({ length: 500 }, () => frame(Buffer.alloc(0)))),
  ),
);

const QUERIES = [
  '{ __typename }',
  'subscription { agentEvents { cursor } }',
  'subscription { workflowExecutionEvents { cursor } }',
  'mutation { __typename }',
  '{',
  '',
];

const id: fc.Arbitrary<unknown> = fc.oneof(
  oneOf<unknown>('1', '1', '2', '', '__proto__', 'constructor', 'x'.repeat(50_000), null, 1, {}),
  fc.string(),
);

/** Messages of graphql-transport-ws, in any order and of any type. */
const message = ({ token }: Target): fc.Arbitrary<unknown> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constant({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ id, type: fc.constant('subscribe'), payload: fc.record({ query: oneOf(...QUERIES) }) }),
    },
    { weight: 2, arbitrary: fc.record({ id, type: fc.constant('complete') }) },
    { weight: 1, arbitrary: fc.record({ id, type: fc.constant('subscribe'), payload: fc.jsonValue() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: oneOf('ping', 'pong', 'next', 'error', 'connection_ack', 'start', 'constructor', ''),
        payload: fc.jsonValue(),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ type: 'connection_init', payload: { authorization: 'Bearer a.b.c' } }) },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: oneOf('{', '[[[[', 'connection_init', '\0', '"', `${'['.repeat(20_000)}`) },
  );

const frames = (to: Target): fc.Arbitrary<Buffer> =>
  fc.oneof({ weight: 3, arbitrary: message(to).map(text) }, { weight: 1, arbitrary: oddFrame });

/** A begun subscription, whatever follows. */
const begun = ({ token }: Target): Buffer[] => [
  text({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} }),
  text({ id: '1', type: 'subscribe', payload: { query: QUERIES[1] } }),
];

/** A WebSocket that begins properly and goes on as it likes. */
export const hostileSocket = (to: Target): fc.Arbitrary<HostileCase> =>
  fc
    .tuple(
      oneOf<string | null>('graphql-transport-ws', 'graphql-transport-ws', 'graphql-transport-ws', 'graphql-ws', null),
      fc.boolean(),
      fc.array(frames(to), { maxLength: 8 }),
      ending,
      fc.boolean(),
    )
    .map(([protocol, begins, sent, end, together]) => {
      const all = [...(begins ? begun(to) : []), ...sent];
      const chunks = together ? [Buffer.concat([handshake(protocol), ...all])] : [handshake(protocol), ...all];
      return { kind: 'a socket', chunks, answerMs: 20, ...end };
    });
