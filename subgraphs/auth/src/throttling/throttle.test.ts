import type { Client } from '@flowmesh/platform/access';
import { ErrorCode, PublicError } from '@flowmesh/platform/errors';
import { createLogger } from '@flowmesh/platform/logging';
import { createSecretBox, createKeyRing } from '@flowmesh/platform/secrets';
import { until } from '@flowmesh/platform/testing';
import { startAuth, type AuthUnderTest } from '../testing/auth-under-test.ts';
import { DeviceTokens } from './device-tokens.ts';
import { openCounters } from './throttle-counters.ts';
import { addressKey, accountKey } from './throttle-rules.ts';
import { Throttle, type Attempter } from './throttle.ts';

// Hashing passwords takes its time.
jest.setTimeout(120_000);

let auth: AuthUnderTest;
beforeAll(async () => {
  auth = await startAuth();
});
afterAll(() => auth.stop());

const logger = createLogger({ level: 'silent', name: 'test' });
const limits = { perAccount: 3, perAddress: 5, windowSeconds: 900 };
const from = (address: string): Client => ({ address, userAgent: null });
const open = (redisUrl: string | null = null) =>
  openCounters({ pool: auth.pool, redisUrl, prefix: 'test', limits, logger });

/** `retryAfter` of the refusal; null when there was room. */
async function tried(throttle: Throttle, attempter: Attempter): Promise<number | null> {
  try {
    await throttle.begin('login', attempter);
    return null;
  } catch (error) {
    if (!(error instanceof PublicError) || error.extensions.code !== ErrorCode.rateLimited) throw error;
    return error.extensions.retryAfter as number;
  }
}

test('of 20 tries at the same time, in two processes, no more get through than there is room for', async () => {
  const processes = [new Throttle(open().counterOf), new Throttle(open().counterOf)];
  const all = Array.from({ length: 20 }, (_entry, i) => tried(processes[i % 2]!, { account: 'many@flowmesh.test' }));
  const refusals = (await Promise.all(all)).filter((retryAfter) => retryAfter !== null);
  expect(refusals).toHaveLength(17);
  for (const retryAfter of refusals) {
    expect(retryAfter).toBeGreaterThan(800);
    expect(retryAfter).toBeLessThanOrEqual(900);
  }
  // A process that starts now knows of them.
  expect(await tried(new Throttle(open().counterOf), { account: ' MANY@flowmesh.test' })).not.toBeNull();
  // Other accounts, and other kinds of attempts, have room of their own.
  expect(await tried(processes[0]!, { account: 'other@flowmesh.test' })).toBeNull();
  await processes[0]!.begin('register', { account: 'many@flowmesh.test' });
});

test('an address gets no more mails than one kind allows, whatever is asked for', async () => {
  const throttle = new Throttle(open().counterOf);
  const kinds = ['register', 'password-reset', 'email-verification'] as const;
  const account = 'flooded@flowmesh.test';
  const outcomes: boolean[] = [];
  for (let i = 0; i < 6; i += 1) {
    const begun = throttle.begin(kinds[i % 3]!, { account });
    outcomes.push(await begun.then(() => true).catch(() => false));
  }
  expect(outcomes).toEqual([true, true, true, false, false, false]);
});

test('e-mail and user name of one account have one counter', async () => {
  const { rows } = await auth.pool.query<{ email: string }>(`select email from users where username = 'admin'`);
  const { email } = rows[0]!;
  const login = (identifier: string) =>
    auth.refusal('mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {
      input: { identifier, password: 'not the password' },
    });
  const refusals = [];
  for (let i = 0; i < 20; i += 1) refusals.push(await login(i % 2 ? email.toUpperCase() : 'Admin'));
  expect(refusals.filter((codes) => codes.length === 0)).toHaveLength(10);
  expect(refusals.at(-1)).toEqual(['RATE_LIMITED']);
  await auth.pool.query('delete from rate_limits');
});

test('when the window is over there is room again', async () => {
  const throttle = new Throttle(open().counterOf);
  const attempter = { account: 'later@flowmesh.test' };
  for (let i = 0; i < 4; i += 1) await tried(throttle, attempter);
  expect(await tried(throttle, attempter)).not.toBeNull();
  await auth.pool.query('update rate_limits set expire = 1 where key = $1', [
    `login:account:${accountKey(attempter.account)}`,
  ]);
  expect(await tried(throttle, attempter)).toBeNull();
});

test('an address has room for so many, whatever the accounts; a success takes back only itself', async () => {
  const throttle = new Throttle(open().counterOf);
  const client = from('198.51.100.1');
  for (let i = 0; i < 4; i += 1)
    expect(await tried(throttle, { account: `spray-${i}@flowmesh.test`, client })).toBeNull();
  const honest = await throttle.begin('login', { account: 'honest@flowmesh.test', client });
  await honest.succeeded();
  expect(await tried(throttle, { account: 'spray-5@flowmesh.test', client })).toBeNull();
  expect(await tried(throttle, { account: 'spray-6@flowmesh.test', client })).not.toBeNull();
  expect(await tried(throttle, { account: 'spray-6@flowmesh.test', client: from('198.51.100.2') })).toBeNull();
});

test('addresses count as those who have them', () => {
  expect(addressKey('::ffff:192.0.2.1')).toBe(addressKey('192.0.2.1'));
  expect(addressKey('2001:db8:0:1::1')).toBe(addressKey('2001:db8:0:1:ffff::2'));
  expect(addressKey('2001:db8:0:1::1')).not.toBe(addressKey('2001:db8:0:2::1'));
  expect(addressKey('nowhere')).toBeNull();
});

test('while Redis does not answer the database counts', async () => {
  const counters = open('redis://127.0.0.1:1');
  counters.start();
  const throttle = new Throttle(counters.counterOf);
  const attempter = { account: 'redis@flowmesh.test' };
  for (let i = 0; i < 3; i += 1) expect(await tried(throttle, attempter)).toBeNull();
  expect(await tried(throttle, attempter)).not.toBeNull();
  counters.stop();
});

test('device tokens hold for the user they were made for, and cannot be made up', () => {
  const devices = new DeviceTokens(createSecretBox(createKeyRing(Buffer.alloc(32, 1).toString('base64'))));
  const others = new DeviceTokens(createSecretBox(createKeyRing(Buffer.alloc(32, 2).toString('base64'))));
  const token = devices.issue('u1', null);
  const device = devices.read(token);
  expect(device).toEqual({ id: expect.any(String), userId: 'u1' });
  expect(devices.read(devices.issue('u1', device!.id))).toEqual(device);
  for (const forged of [
    null,
    '',
    'x',
    others.issue('u1', null),
    `${token}A`,
    token.slice(0, -4),
    'v1.' + 'A'.repeat(600),
  ]) {
    expect(devices.read(forged)).toBeNull();
  }
  jest.useFakeTimers({ now: Date.now() + 181 * 86_400_000 });
  expect(devices.read(token)).toBeNull();
  jest.useRealTimers();
});

describe('signing in', () => {
  const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
    __typename ... on LoginSuccess { deviceToken }
  } }`;
  const login = async (input: object, client: Client) => {
    const { data, errors } = await auth.send(LOGIN, { input }, { client });
    return errors ? errors[0]!.extensions : (data!.login as { __typename: string; deviceToken?: string });
  };

  test('100 tries in one request are 100 tries, for accounts that exist and for those that do not', async () => {
    const { email } = auth.subgraph.firstAdministrator!;
    for (const [index, identifier] of [email, 'nobody@flowmesh.test'].entries()) {
      const attacker = from(`203.0.113.${index}`);
      const fields = Array.from(
        { length: 100 },
        (_entry, i) => `t${i}: login(input: { identifier: "${identifier}", password: "guess ${i}" }) { __typename }`,
      );
      const { data, errors } = await auth.send(`mutation { ${fields.join(' ')} }`, {}, { client: attacker });
      // The first that is refused ends the request: ten have been tried.
      expect([data, errors?.map(({ path }) => path)]).toEqual([null, [['t10']]]);
      const refusal = { code: 'RATE_LIMITED', retryAfter: expect.any(Number) };
      expect(errors?.[0]?.extensions).toMatchObject(refusal);
      expect(await login({ identifier, password: 'guess 100' }, from('203.0.113.68'))).toMatchObject(refusal);
    }
  });

  test('sign-ins that the database ends, when it goes away, are no guesses', async () => {
    await auth.pool.query('delete from rate_limits');
    const { password } = auth.subgraph.firstAdministrator!;
    const owner = { identifier: 'admin', password };
    const client = from('192.0.2.77');
    const counted = async () => {
      const { rows } = await auth.pool.query<{ points: number }>(`select points from rate_limits where points > 0`);
      return rows.length;
    };
    const holder = await auth.pool.connect();
    // As many as would lock the account and the address: 10 and more, four at a time.
    for (let round = 0; round < 4; round += 1) {
      await holder.query('begin; lock table sessions in access exclusive mode');
      const lost = Promise.all(Array.from({ length: 4 }, () => login(owner, client)));
      await until('all wait for the database', async () => {
        const { rows } = await holder.query<{ pid: number }>(
          `select pid from pg_locks where relation = 'sessions'::regclass and not granted`,
        );
        return rows.length === 4;
      });
      await holder.query(
        `select pg_terminate_backend(pid) from pg_locks where relation = 'sessions'::regclass and not granted`,
      );
      for (const answer of await lost) expect(answer).toMatchObject({ code: 'UNAVAILABLE' });
      await holder.query('rollback');
      await until('nothing is counted', async () => (await counted()) === 0);
    }
    holder.release();
    expect(await login(owner, client)).toMatchObject({ __typename: 'LoginSuccess' });
  });

  test('what was taken back while the counters were away, too, is taken back when they are there again', async () => {
    const counters = open();
    let away = true;
    const throttle = new Throttle((kind, counter) => {
      const limiter = counters.counterOf(kind, counter);
      return new Proxy(limiter, {
        get: (target, name) =>
          name === 'reward' && away
            ? () => Promise.reject(new Error('Connection terminated'))
            : (Reflect.get(target, name) as unknown),
      });
    });
    const attempter = { account: 'away@flowmesh.test' };
    const fail = () => throttle.during('login', attempter, () => Promise.reject(new Error('Connection terminated')));
    for (let i = 0; i < 3; i += 1) await expect(fail()).rejects.toThrow('Connection terminated');
    expect(await tried(throttle, attempter)).not.toBeNull();
    away = false;
    // The refused one stays.
    const key = accountKey(attempter.account);
    await until('three are taken back', async () => {
      return (await counters.counterOf('login', 'account').get(key))?.consumedPoints === 1;
    });
    expect(await tried(throttle, attempter)).toBeNull();
  });

  test('the owner on a known device is not locked out by somebody who guesses', async () => {
    // Tests before have used the account's tries up.
    await auth.pool.query('delete from rate_limits');
    const { password } = auth.subgraph.firstAdministrator!;
    const owner = { identifier: 'admin', password };
    const first = await login(owner, from('192.0.2.1'));
    const { deviceToken } = first as { deviceToken: string };
    for (let i = 0; i < 10; i += 1) {
      expect(await login({ identifier: 'admin', password: `guess ${i}` }, from('203.0.113.67'))).toMatchObject({
        __typename: 'InvalidCredentialsError',
      });
    }
    // Not even with the password: it may be stolen.
    expect(await login(owner, from('192.0.2.2'))).toMatchObject({ code: 'RATE_LIMITED' });
    // From the very address of the attacker.
    expect(await login({ ...owner, deviceToken }, from('203.0.113.67'))).toMatchObject({ __typename: 'LoginSuccess' });
    // It has a limit of its own: a stolen device token is no way around.
    const outcomes: unknown[] = [];
    for (let i = 0; i < 11; i += 1) {
      const answer = await login({ ...owner, password: 'guess', deviceToken }, from('192.0.2.3'));
      outcomes.push('code' in answer ? answer.code : answer.__typename);
    }
    expect(outcomes).toEqual([...Array<string>(10).fill('InvalidCredentialsError'), 'RATE_LIMITED']);
  });
});
