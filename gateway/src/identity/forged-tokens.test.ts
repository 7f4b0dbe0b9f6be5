import { constants, createHmac, createSign, generateKeyPairSync, KeyObject } from 'node:crypto';
import { EncryptJWT, exportJWK, SignJWT, type CryptoKey } from 'jose';
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
const genuinely = (wrongHeader: object, wrongClaims: object = {}) =>
  sealed({ ...header, ...wrongHeader }, { ...claims(), ...wrongClaims });

/** Of the genuine key, over exactly this header and these claims; a text stands as it is. */
function sealed(
  exactHeader: object | string,
  exactClaims: object | string,
  { hash = 'sha256', padding = constants.RSA_PKCS1_PADDING } = {},
): string {
  const input = `${encode(exactHeader)}.${encode(exactClaims)}`;
  const signature = createSign(hash)
    .update(input)
    .sign({ key: KeyObject.from(graph.key), padding });
  return `${input}.${signature.toString('base64url')}`;
}

/** JSON of an object with this in front: of a member that is there twice, parsers take the one or the other. */
const withTwice = (first: string, rest: object) => `{${first},${JSON.stringify(rest).slice(1)}`;

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
  [
    'PS256, with a signature that is',
    () => sealed({ ...header, alg: 'PS256' }, claims(), { padding: constants.RSA_PKCS1_PSS_PADDING }),
  ],
  ['RS512, with a signature that is', () => sealed({ ...header, alg: 'RS512' }, claims(), { hash: 'sha512' })],
  ['RS256 without a signature', () => `${encode(header)}.${encode(claims())}.`],
  ['alg in lower case', () => genuinely({ alg: 'rs256' })],
  ['a list of algs', () => genuinely({ alg: ['RS256'] })],
  ['typ in capitals', () => genuinely({ typ: 'AT+JWT' })],
  ['typ as a media type', () => genuinely({ typ: 'application/at+jwt' })],
  ['a list of typs', () => genuinely({ typ: ['at+jwt'] })],
  ['no kid', () => genuinely({ kid: undefined })],
  ['kid null', () => genuinely({ kid: null })],
  ['an empty kid', () => genuinely({ kid: '' })],
  ['a number as kid', () => genuinely({ kid: 1 })],
  ['a list of kids', () => genuinely({ kid: ['k1'] })],
  ['an object as kid', () => genuinely({ kid: { toString: 'k1' } })],
  ['kid __proto__', () => genuinely({ kid: '__proto__' })],
  ['no critical extensions, in a list', () => genuinely({ crit: [] })],
  ['a payload that is not encoded (RFC 7797)', () => genuinely({ crit: ['b64'], b64: false })],
  ['a payload that is not encoded, and not critical', () => genuinely({ b64: false })],
  ['compressed', () => genuinely({ zip: 'DEF' })],
  ['a token in the token', () => genuinely({ cty: 'JWT' })],
  ['a header of inherited members', () => sealed(`{"__proto__":${JSON.stringify(header)}}`, claims())],
  ['several audiences', () => genuinely({}, { aud: [ACCESS_TOKEN.audience, 'other'] })],
  ['a list of one audience', () => genuinely({}, { aud: [ACCESS_TOKEN.audience] })],
  ['a list of issuers', () => genuinely({}, { iss: [ACCESS_TOKEN.issuer] })],
  ['good for a day', () => genuinely({}, { exp: now() + 86_400 })],
  ['good for ever', () => sealed(header, JSON.stringify({ ...claims(), exp: 0 }).replace('"exp":0', '"exp":1e999'))],
  ['expires null', () => genuinely({}, { exp: null })],
  ['no time of issue', () => genuinely({}, { iat: undefined })],
  ['a time of issue as text', () => genuinely({}, { iat: String(now()) })],
  ['valid from a text', () => genuinely({}, { nbf: String(now()) })],
  ['an empty subject', () => genuinely({}, { sub: '' })],
  ['another alg in front of the right one', () => sealed(withTwice('"alg":"none"', header), claims())],
  [
    'the right alg in front of another one',
    () => sealed(withTwice('"alg":"RS256"', { ...header, alg: 'none' }), claims()),
  ],
  ['another subject in front of the right one', () => sealed(header, withTwice('"sub":"u2"', claims()))],
  ['two times of expiry', () => sealed(header, withTwice(`"exp":${now() + 900}`, claims()))],
  ['spaces in its JSON', () => sealed(header, JSON.stringify(claims(), null, 1))],
  ['claims that are null', () => sealed(header, 'null')],
  ['claims that are a text', () => sealed(header, '"u1"')],
  ['claims that are a list', () => sealed(header, JSON.stringify([claims()]))],
  ['claims that are no JSON', () => sealed(header, 'sub=u1')],
  ['claims that are no JSON, typ JWT', () => sealed({ ...header, typ: 'JWT' }, 'sub=u1')],
  ['a header that is no JSON', () => sealed('RS256', claims())],
  ['a header that is null', () => sealed('null', claims())],
  ['a header that is a list', () => sealed(JSON.stringify([header]), claims())],
  ['its claims detached', () => respelled(genuinely({}), () => '', 1)],
  ['its claims detached, and not signed', () => sealed(header, '')],
  ['no parts', () => encode(claims())],
  ['two parts', () => `${encode(header)}.${encode(claims())}`],
  ['empty parts', () => '..'],
  ['in JSON (RFC 7515, 7.2.2)', () => flattened(genuinely({}))],
  ['encrypted, with the public key', () => encrypted()],
  ['megabytes', () => genuinely({}, { junk: 'x'.repeat(8_000) })],
];

function flattened(token: string): string {
  const [first, payload, signature] = token.split('.');
  return JSON.stringify({ protected: first, payload, signature });
}

/** Everybody has the public key, and can encrypt for who has the private one. */
const encrypted = () =>
  new EncryptJWT(claims())
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', typ: ACCESS_TOKEN.type, kid: 'k1' })
    .encrypt(KeyObject.from(graph.publicKey));

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
