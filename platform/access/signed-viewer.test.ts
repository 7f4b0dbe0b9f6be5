import { createHmac, createSecretKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { jwtVerify, SignJWT } from 'jose';
import { createViewerSigner, createViewerVerifier, NO_CLIENT, type Viewer } from './index.ts';

const SECRET = 'a secret that is long enough for tests';
const AUDIENCE = 'agent';
const VIEWER: Viewer = { kind: 'user', userId: 'ada', scopes: ['agent:read'], sessionId: 's1', expiresAt: 4e9 };
const CLIENT = { address: '192.0.2.7', userAgent: 'Mözilla "5" 🦊' };

const verify = createViewerVerifier(SECRET, AUDIENCE);
const encode = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1_000);
const header = { alg: 'HS256', typ: 'viewer+jwt' };
const claims = () => ({
  viewer: VIEWER,
  client: CLIENT,
  iss: 'flowmesh-gateway',
  aud: AUDIENCE,
  iat: now(),
  exp: now() + 60,
});

/** With the genuine secret, however wrong the rest is. */
const genuinely = (wrongHeader: object, wrongClaims: object = {}) =>
  sealed({ ...header, ...wrongHeader }, { ...claims(), ...wrongClaims });
/** With the genuine secret, over exactly this. */
function sealed(exactHeader: object | string, exactClaims: object | string, hash = 'sha256', secret = SECRET): string {
  const input = `${encode(exactHeader)}.${encode(exactClaims)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}
function withPublicKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const input = `${encode({ ...header, alg: 'RS256' })}.${encode(claims())}`;
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}
const withTwice = (first: string, rest: object) => `{${first},${JSON.stringify(rest).slice(1)}`;

test('the genuine one says who asks and from where', () => {
  expect(verify(genuinely({}))).toEqual({ viewer: VIEWER, client: CLIENT });
  expect(verify(createViewerSigner(SECRET)(VIEWER, AUDIENCE, CLIENT))).toEqual({ viewer: VIEWER, client: CLIENT });
});

test.each<[string, () => string]>([
  ['nothing', () => ''],
  ['another secret', () => sealed(header, claims(), 'sha256', `${SECRET}.`)],
  ['no secret', () => sealed(header, claims(), 'sha256', '')],
  ['alg none, no signature', () => `${encode({ ...header, alg: 'none' })}.${encode(claims())}.`],
  ['alg none', () => genuinely({ alg: 'none' })],
  ['no alg', () => genuinely({ alg: undefined })],
  ['HS512', () => sealed({ ...header, alg: 'HS512' }, claims(), 'sha512')],
  ['RS256', withPublicKey],
  ['no signature', () => `${encode(header)}.${encode(claims())}.`],
  ['typ JWT', () => genuinely({ typ: 'JWT' })],
  ['typ of an access token', () => genuinely({ typ: 'at+jwt' })],
  ['typ in capitals', () => genuinely({ typ: 'VIEWER+JWT' })],
  ['no typ', () => genuinely({ typ: undefined })],
  ['a critical extension', () => genuinely({ crit: ['exp'] })],
  ['a key of its own', () => genuinely({ jwk: { kty: 'oct', k: encode(SECRET) } })],
  ['a payload that is not encoded', () => genuinely({ crit: ['b64'], b64: false })],
  ['another issuer', () => genuinely({}, { iss: 'flowmesh' })],
  ['no issuer', () => genuinely({}, { iss: undefined })],
  ['another subgraph', () => genuinely({}, { aud: 'auth' })],
  ['several subgraphs', () => genuinely({}, { aud: [AUDIENCE, 'auth'] })],
  ['no subgraph', () => genuinely({}, { aud: undefined })],
  ['expired', () => genuinely({}, { iat: now() - 66, exp: now() - 6 })],
  ['never expires', () => genuinely({}, { exp: undefined })],
  ['expires as text', () => genuinely({}, { exp: String(now() + 60) })],
  ['good for longer than a minute', () => genuinely({}, { exp: now() + 62 })],
  ['signed in the future', () => genuinely({}, { iat: now() + 30, exp: now() + 60 })],
  ['no time of signing', () => genuinely({}, { iat: undefined })],
  ['not yet valid', () => genuinely({}, { nbf: now() + 30 })],
  ['no viewer', () => genuinely({}, { viewer: undefined })],
  ['a viewer of no kind', () => genuinely({}, { viewer: { ...VIEWER, kind: 'root' } })],
  ['scopes that are no list', () => genuinely({}, { viewer: { ...VIEWER, scopes: '*:*' } })],
  ['no client', () => genuinely({}, { client: undefined })],
  ['two audiences', () => sealed(header, withTwice('"aud":"auth"', claims()))],
  ['two algs', () => sealed(withTwice('"alg":"none"', header), claims())],
  ['claims that are no object', () => sealed(header, '"ada"')],
  ['claims that are no JSON', () => sealed({ alg: 'HS256', typ: 'JWT' }, 'ada')],
  ['claims detached', () => sealed(header, '')],
  ['five parts', () => `${encode({ alg: 'dir', enc: 'A256GCM' })}..a.b.c`],
  ['padding', () => `${genuinely({})}=`],
  ['a space', () => ` ${genuinely({})}`],
])('refused: %s', (_name, forge) => expect(verify(forge())).toBeNull());

test('a signed viewer of which any character is another one is refused', () => {
  const genuine = genuinely({});
  const character = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ');
  fc.assert(
    fc.property(fc.nat(genuine.length - 1), character, (at, other) => {
      fc.pre(genuine[at] !== other);
      expect(verify(genuine.slice(0, at) + other + genuine.slice(at + 1))).toBeNull();
    }),
    { numRuns: 1_000 },
  );
});

test('whatever a viewer and a client say arrives', () => {
  const text = fc.string({ unit: 'binary' });
  const user = fc.record({
    kind: fc.constant('user' as const),
    userId: text,
    scopes: fc.array(text),
    roleIds: fc.array(text),
    sessionId: text,
    expiresAt: fc.integer(),
  });
  const service = fc.record({
    kind: fc.constant('service' as const),
    service: text,
    userId: text,
    scopes: fc.array(text),
  });
  const viewer = fc.oneof(user, service);
  const client = fc.record({ address: fc.option(text), userAgent: fc.option(text) });
  fc.assert(
    fc.property(viewer, client, (who, from) => {
      expect(verify(createViewerSigner(SECRET)(who, AUDIENCE, from))).toEqual({ viewer: who, client: from });
    }),
  );
});

test('processes of the release before, which signed with jose, and this one understand each other', async () => {
  const key = createSecretKey(Buffer.from(SECRET));
  const before = await new SignJWT({ viewer: VIEWER, client: NO_CLIENT })
    .setProtectedHeader({ alg: 'HS256', typ: 'viewer+jwt' })
    .setIssuer('flowmesh-gateway')
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime('60 s')
    .sign(key);
  expect(verify(before)).toEqual({ viewer: VIEWER, client: NO_CLIENT });
  const { payload, protectedHeader } = await jwtVerify(createViewerSigner(SECRET)(VIEWER, AUDIENCE), key, {
    algorithms: ['HS256'],
    typ: 'viewer+jwt',
    issuer: 'flowmesh-gateway',
    audience: AUDIENCE,
  });
  expect(protectedHeader).toEqual(header);
  expect(payload).toEqual({ ...claims(), client: NO_CLIENT, iat: payload.iat, exp: payload.iat! + 60 });
});
