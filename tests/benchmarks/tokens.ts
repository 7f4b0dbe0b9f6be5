import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLocalJWKSet, exportJWK, jwtVerify, SignJWT } from 'jose';
import {
  ACCESS_TOKEN,
  accessTokenKeys,
  createViewerSigner,
  createViewerVerifier,
  NO_CLIENT,
  signAccessToken,
  verifyAccessToken,
  type Viewer,
} from '@flowmesh/platform/access';
import { printTable, type Row } from './table.ts';

const SECONDS = 2;
/** As many as are signed or checked at the same time: what runs in other threads may use them all. */
const AT_A_TIME = 8;
/** As those of the auth service are. */
const RSA_BITS = 3_072;
const SECRET = 'a secret that is long enough for a benchmark';
const VIEWER = {
  kind: 'user',
  userId: '01980000-0000-7000-8000-000000000001',
  scopes: ['agent:read', 'agent:create', 'workflow:read', 'workflow:execute', 'notification:read'],
  sessionId: '01980000-0000-7000-8000-000000000002',
  expiresAt: 4e9,
} as const satisfies Viewer;
const now = () => Math.floor(Date.now() / 1_000);

/**
 * Access tokens (RS256) and signed viewers (HS256), by our functions and, as a peer, by jose with the same checks. Per
 * second of processor time, which counts jose's threads too, and how long others wait for the event loop meanwhile.
 */
export async function benchmarkTokens(): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  const keySet = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] };
  const { userId, sessionId } = VIEWER;
  const claims = () => ({ userId, sessionId, tokenId: 't1', issuedAt: now(), expiresAt: now() + 900 });
  const accessToken = signAccessToken(claims(), 'k1', privateKey);
  const [ourKeys, joseKeys] = [accessTokenKeys(keySet), createLocalJWKSet(keySet)];
  await compare(
    'Signing access tokens (RS256)',
    async () => signAccessToken(claims(), 'k1', privateKey),
    () =>
      new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: 'RS256', typ: ACCESS_TOKEN.type, kid: 'k1' })
        .setIssuer(ACCESS_TOKEN.issuer)
        .setAudience(ACCESS_TOKEN.audience)
        .setSubject(userId)
        .setJti('t1')
        .setIssuedAt(now())
        .setExpirationTime(now() + 900)
        .sign(privateKey),
  );
  await compare(
    'Verifying access tokens (RS256)',
    () => verifyAccessToken(accessToken, ourKeys),
    () =>
      jwtVerify(accessToken, joseKeys, {
        algorithms: ['RS256'],
        typ: ACCESS_TOKEN.type,
        issuer: ACCESS_TOKEN.issuer,
        audience: ACCESS_TOKEN.audience,
        maxTokenAge: ACCESS_TOKEN.lifetimeSeconds,
        clockTolerance: 5,
        requiredClaims: ['exp', 'iat', 'sub', 'sid', 'jti'],
      }),
  );

  const secret = createSecretKey(Buffer.from(SECRET));
  const [sign, verify] = [createViewerSigner(SECRET), createViewerVerifier(SECRET, 'agent')];
  const signed = sign(VIEWER, 'agent');
  // Another object each time: signatures are kept for the same one.
  await compare(
    'Signing viewers (HS256)',
    async () => sign({ ...VIEWER }, 'agent'),
    () =>
      new SignJWT({ viewer: { ...VIEWER }, client: NO_CLIENT })
        .setProtectedHeader({ alg: 'HS256', typ: 'viewer+jwt' })
        .setIssuer('flowmesh-gateway')
        .setAudience('agent')
        .setIssuedAt()
        .setExpirationTime('60 s')
        .sign(secret),
  );
  await compare(
    'Verifying viewers (HS256)',
    async () => verify(signed),
    () =>
      jwtVerify(signed, secret, {
        algorithms: ['HS256'],
        typ: 'viewer+jwt',
        issuer: 'flowmesh-gateway',
        audience: 'agent',
        clockTolerance: 5,
      }),
  );
}

async function compare(title: string, ours: () => Promise<unknown>, jose: () => Promise<unknown>): Promise<void> {
  printTable(title, 'a second of processor time', [
    { name: 'ours, by jsonwebtoken', ...(await run(ours)) },
    { name: 'peer: jose', ...(await run(jose)) },
  ]);
}

async function run(work: () => Promise<unknown>): Promise<Pick<Row, 'value' | 'note'>> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  const begun = performance.now();
  let done = 0;
  while (performance.now() - begun < SECONDS * 1_000) {
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    done += AT_A_TIME;
    await nextTurn();
  }
  const elapsed = (performance.now() - begun) / 1_000;
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  const waits = `event loop: median turn ${(delay.percentile(50) / 1e6).toFixed(2)} ms`;
  return {
    value: done / ((user + system) / 1e6),
    note: `${Math.round(done / elapsed)} a second by the clock, ${waits}`,
  };
}
