import { startProduct } from '../harness/product.ts';
import { graph } from '../harness/graph.ts';
import { LOGIN, administrator, makeUser, unique } from '../harness/users.ts';
import { measure, percentile, type Target } from './load.ts';
import { measureRevocation } from './revocation.ts';
import { printTable } from './table.ts';

const ENVIRONMENT = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  THROTTLE_PER_ACCOUNT: '1000',
  THROTTLE_PER_ADDRESS: '1000000',
};
const REGISTER = 'mutation ($input: RegisterInput!) { register(input: $input) { __typename } }';
const FORGET = 'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { __typename } }';
const LOGINS = 20;
const GUESSES = 30;
/** Of what takes a few milliseconds. */
const QUICK_GUESSES = 400;

/** Token checks, logins, what logins cost others, whether time tells who exists, and how soon ends and changes hold. */
export async function benchmarkAuth(databaseUrl: string): Promise<void> {
  const product = await startProduct({ databaseUrl, env: ENVIRONMENT });
  try {
    const { accessToken } = await administrator(product);
    const target = { url: product.url, variables: [{}], pids: [product.child.process.pid!] };
    const targets: Target[] = [
      { ...target, name: 'nobody', accessToken: '', query: '{ __typename }' },
      { ...target, name: 'with a token', accessToken, query: '{ __typename }' },
    ];
    const results = await measure(targets);
    printTable(
      'Requests that do nothing, without and with a token to check',
      'requests/s',
      targets.map(({ name }, index) => ({ name, value: results[index]!.perSecond })),
    );

    const user = await makeUser(product);
    const { anonymous } = graph(product);
    const login = (identifier: string, password: string) =>
      timed(() => anonymous.mutate(LOGIN, { input: { identifier, password } }));
    const asks = (until: Promise<unknown>) => timesUntil(until, () => user.graph.query('{ me { id } }'));
    const quiet = await asks(new Promise((resolve) => setTimeout(resolve, 3_000)));
    const begun = performance.now();
    const logins = Promise.all(Array.from({ length: LOGINS }, () => login(user.email, user.password)));
    const busy = await asks(logins);
    const seconds = (performance.now() - begun) / 1_000;
    printTable(`Other requests while ${LOGINS} logins run (${(LOGINS / seconds).toFixed(1)} logins/s)`, 'ms p99', [
      { name: 'quiet', value: percentile(quiet, 0.99) },
      { name: 'logins', value: percentile(busy, 0.99) },
    ]);

    const wrong = 'not the password';
    const registering = (email: string) => {
      const input = { email, password: `pass phrase of ${unique('somebody')}` };
      return timed(() => anonymous.mutate(REGISTER, { input }));
    };
    const forgetting = (email: string) => timed(() => anonymous.mutate(FORGET, { input: { email } }));
    const nobody = () => `${unique('nobody')}@flowmesh.test`;
    // The same one each time, as the other: counting what comes again takes another time than what is new.
    const someNobody = nobody();
    await compare(
      'A wrong password',
      () => login(user.email, wrong),
      () => login(someNobody, wrong),
    );
    await compare(
      'Registering an address',
      () => registering(user.email),
      () => registering(nobody()),
    );
    await compare(
      'Asking for a new password',
      () => forgetting(user.email),
      () => forgetting(someNobody),
      QUICK_GUESSES,
    );
    await measureRevocation(product);
  } finally {
    await product.stop();
  }
}

/** In turns, so that whatever disturbs the machine disturbs both. */
async function compare(
  title: string,
  known: () => Promise<number>,
  unknown: () => Promise<number>,
  samples = GUESSES,
): Promise<void> {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < samples; i += 1) {
    times[0].push(await known());
    times[1].push(await unknown());
  }
  printTable(`${title}: does the time tell who exists?`, 'ms median', [
    { name: 'of somebody', value: percentile(times[0], 0.5) },
    { name: 'of nobody', value: percentile(times[1], 0.5) },
  ]);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Times of one request after the other, until something is over. */
async function timesUntil(end: Promise<unknown>, work: () => Promise<unknown>): Promise<number[]> {
  let over = false;
  void end.finally(() => (over = true));
  const times: number[] = [];
  while (!over) times.push(await timed(work));
  await end;
  return times;
}
