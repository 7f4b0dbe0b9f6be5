import { createHmac, createSign, generateKeyPairSync, KeyObject } from 'node:crypto';
import { exportJWK, SignJWT, type CryptoKey } from 'jose';
import { ACCESS_TOKEN } from '@flowmesh/platform/access';
import { startToyGraph, type ToyGraph } from '../test-support/toy-graph.ts';

let graph: ToyGraph;
beforeAll(async () => {
  graph = await startToyGraph();
});
afterAll(() => graph.stop());

const encode = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const now = () => Math.floor(Date.now() / 1_000);
const header = { alg: 'RS256', typ: ACCESS_TOKEN.type, kid: 'k1' };
const claims = () => ({
  iss: ACCESS_TOKEN.issuer,
  aud: ACCESS_TOKEN.audience,
  sub: 'u1',
  sid: 's1',
  jti: 't1',
  iat: now(),
  exp: now() + 300,
});

/** Signed with the genuine key, however wrong the rest is. */
const genuinely = (wrongHeader: object, wrongClaims: object = {}) => {
  const input = `${encode({ ...header, ...wrongHeader })}.${encode({ ...claims(), ...wrongClaims })}`;
  const key = KeyObject.from(graph.key);
  return `${input}.${createSign('sha256').update(input).sign(key).toString('base64url')}`;
};

/** Signed with a key of the attacker's, whose public half the header brings along. */
async function withOtherKey(extra: (jwk: object) => object, wrongClaims: object = {}): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: 'k1' };
  return new SignJWT({ ...claims(), ...wrongClaims }).setProtectedHeader({ ...header, ...extra(jwk) }).sign(privateKey);
}

/** HMAC with the public key as its secret, in the forms that libraries have fallen for. */
async function swapped(form: 'pem' | 'jwk'): Promise<string> {
  const publicKey: CryptoKey = graph.publicKey;
  const secret =
    form === 'pem'
      ? KeyObject.from(publicKey).export({ type: 'spki', format: 'pem' })
      : JSON.stringify(await exportJWK(publicKey));
  const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims())}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** The same bytes in another spelling. */
function respelled(token: string, change: (part: string) => string, at: number): string {
  return token
    .split('.')
    .map((part, index) => (index === at ? change(part) : part))
    .join('.');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The last character of 256 bytes carries two bits that nobody reads. */
const otherTail = (part: string) => part.slice(0, -1) + ALPHABET[ALPHABET.indexOf(part.at(-1)!) ^ 1]!;

const FORGERIES: readonly (readonly [string, () => string | Promise<string>])[] = [
  ['alg none, no signature', () => `${encode({ ...header, alg: 'none' })}.${encode(claims())}.`],
  ['alg None', () => `${encode({ ...header, alg: 'None' })}.${encode(claims())}.`],
  ['alg none with a genuine signature', () => genuinely({ alg: 'none' })],
  ['no alg', () => genuinely({ alg: undefined })],
  ['HS256 with the public key in PEM', () => swapped('pem')],
  ['HS256 with the public key as JWK', () => swapped('jwk')],
  ['HS256 named over an RS256 signature', () => genuinely({ alg: 'HS256' })],
  ['PS256 named over an RS256 signature', () => genuinely({ alg: 'PS256' })],
  ['RS512 named over an RS256 signature', () => genuinely({ alg: 'RS512' })],
  ['another key', () => withOtherKey(() => ({}))],
  ['another key, embedded as jwk', () => withOtherKey((jwk) => ({ jwk }))],
  ['another key, embedded as jwk, no kid', () => withOtherKey((jwk) => ({ jwk, kid: undefined }))],
  ['another key, referred to by jku', () => withOtherKey(() => ({ jku: 'http://127.0.0.1:9/jwks.json' }))],
  ['another key, referred to by x5u', () => withOtherKey(() => ({ x5u: 'http://127.0.0.1:9/cert.pem' }))],
  ['kid with a path', () => withOtherKey(() => ({ kid: '../../../../dev/null' }))],
  ['kid with SQL', () => withOtherKey(() => ({ kid: "k1' union select 'secret" }))],
  ['kid of another key', () => genuinely({ kid: 'k2' })],
  ['typ JWT', () => genuinely({ typ: 'JWT' })],
  ['no typ', () => genuinely({ typ: undefined })],
  ['typ of the signed viewer', () => genuinely({ typ: 'viewer+jwt' })],
  ['a critical extension nobody knows', () => genuinely({ crit: ['exp2'], exp2: 1 })],
  ['another issuer', () => genuinely({}, { iss: 'flowmesh-gateway' })],
  ['no issuer', () => genuinely({}, { iss: undefined })],
  ['another audience', () => genuinely({}, { aud: 'other' })],
  ['no audience', () => genuinely({}, { aud: undefined })],
  ['expired, with another key', () => withOtherKey(() => ({}), { iat: now() - 400, exp: now() - 10 })],
  ['expires as text', () => genuinely({}, { exp: '9999999999' })],
  ['never expires', () => genuinely({}, { exp: undefined })],
  ['issued too long ago, whenever it expires', () => genuinely({}, { iat: now() - 1_000, exp: now() + 86_400 })],
  ['issued in the future', () => genuinely({}, { iat: now() + 60 })],
  ['not yet valid', () => genuinely({}, { nbf: now() + 60 })],
  ['no subject', () => genuinely({}, { sub: undefined })],
  ['another subject than the session has', () => genuinely({}, { sub: 'u2' })],
  ['no session', () => genuinely({}, { sid: undefined })],
  ['no id', () => genuinely({}, { jti: undefined })],
  ['an id that is no text', () => genuinely({}, { jti: 1 })],
  ['claims of another token', () => respelled(genuinely({}), () => encode({ ...claims(), sub: 'u2' }), 1)],
  ['an unused bit of the signature flipped', () => respelled(genuinely({}), otherTail, 2)],
  ['padding', () => respelled(genuinely({}), (part) => `${part}==`, 2)],
  [
    'base64 rather than base64url',
    () => respelled(plusAndSlash(), (part) => part.replaceAll('-', '+').replaceAll('_', '/'), 2),
  ],
  [
    'a line break in the signature',
    () => respelled(genuinely({}), (part) => `${part.slice(0, 9)}%0A${part.slice(9)}`, 2),
  ],
  ['the signature cut', () => genuinely({}).slice(0, -5)],
  ['a fourth part', () => `${genuinely({})}.${encode('x')}`],
  ['five parts, as an encrypted token has', () => `${encode({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`],
  ['megabytes', () => genuinely({}, { junk: 'x'.repeat(8_000) })],
];

/** Whose signature has characters that the two alphabets write differently. */
function plusAndSlash(): string {
  for (let i = 0; ; i += 1) {
    const token = genuinely({}, { jti: `t${i}` });
    if (/[-_]/.test(token.split('.')[2]!)) return token;
  }
}

async function post(token: string) {
  const response = await fetch(graph.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ hello }' }),
  });
  const { data, errors } = (await response.json()) as {
    data?: unknown;
    errors?: { extensions: { code: string } }[];
  };
  return { status: response.status, data: data ?? null, code: errors?.[0]?.extensions.code };
}

test('the genuine one is accepted: what is refused below is refused for its fault', async () => {
  expect(await post(genuinely({}))).toEqual({ status: 200, data: { hello: 'world' }, code: undefined });
});

test('one that was genuine until a moment ago is refused as expired: it may be refreshed', async () => {
  const expired = genuinely({}, { iat: now() - 400, exp: now() - 10 });
  expect(await post(expired)).toEqual({ status: 401, data: null, code: 'ACCESS_TOKEN_EXPIRED' });
});

test.each(FORGERIES)('a token is refused: %s', async (_name, forge) => {
  expect(await post(await forge())).toEqual({ status: 401, data: null, code: 'UNAUTHENTICATED' });
});

test('a revoked token is refused by its id, other tokens of its session are not', async () => {
  const [revoked, other] = [await graph.token({ jti: 'stolen' }), await graph.token({ jti: 'kept' })];
  graph.revoked.add('stolen');
  expect((await post(revoked)).status).toBe(401);
  expect((await post(other)).status).toBe(200);
});
