import { sendJson } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';
import { startStripeDouble, type StripeDouble } from '../../testing/stripe-double.ts';

const owner = userOf('owner');
const KEY = 'sk_test_ofTheTests42';
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let stripe: StripeDouble;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  stripe = await startStripeDouble(KEY);
}, 60_000);
beforeEach(() => stripe.forget());
afterAll(async () => {
  await stripe.stop();
  await integrations.stop();
}, 30_000);

const settings = (configuration: object = {}, apiKey = KEY, maxAttempts = 1) => ({
  type: 'STRIPE',
  configuration: { baseUrl: stripe.url, ...configuration },
  credentials: { apiKey },
  policy: { retry: { maxAttempts, initialDelayMs: 10, maxDelayMs: 20 } },
});
const register = (...given: Parameters<typeof settings>) => registered(one, owner, settings(...given));
const invoke = (id: string, operation: string, input: object, more: object = {}): Promise<Result> =>
  mutate(one, owner, 'invokeIntegration', { id, operation, input, ...more });

test.each<[operation: string, input: object, method: string, path: string, body: string]>([
  [
    'createCustomer',
    { email: 'ada@example.com', metadata: { of: 'us' } },
    'POST',
    '/v1/customers',
    'email=ada%40example.com&metadata[of]=us',
  ],
  ['getCustomer', { id: 'cus_1' }, 'GET', '/v1/customers/cus_1', ''],
  ['updateCustomer', { id: 'cus_1', name: 'Ada' }, 'POST', '/v1/customers/cus_1', 'name=Ada'],
  ['deleteCustomer', { id: 'cus_1' }, 'DELETE', '/v1/customers/cus_1', ''],
  ['listCustomers', { limit: 2, starting_after: 'cus_1' }, 'GET', '/v1/customers?limit=2&starting_after=cus_1', ''],
  [
    'createSubscription',
    { customer: 'cus_1', items: [{ price: 'price_1', quantity: 2 }] },
    'POST',
    '/v1/subscriptions',
    'customer=cus_1&items[0][price]=price_1&items[0][quantity]=2',
  ],
  ['getSubscription', { id: 'sub_1' }, 'GET', '/v1/subscriptions/sub_1', ''],
  [
    'updateSubscription',
    { id: 'sub_1', cancel_at_period_end: true },
    'POST',
    '/v1/subscriptions/sub_1',
    'cancel_at_period_end=true',
  ],
  ['cancelSubscription', { id: 'sub_1' }, 'DELETE', '/v1/subscriptions/sub_1', ''],
  ['listSubscriptions', { status: 'all' }, 'GET', '/v1/subscriptions?limit=20&status=all', ''],
  ['createInvoice', { customer: 'cus_1' }, 'POST', '/v1/invoices', 'customer=cus_1'],
  [
    'createInvoiceItem',
    { customer: 'cus_1', amount: 500, currency: 'eur' },
    'POST',
    '/v1/invoiceitems',
    'customer=cus_1&amount=500&currency=eur',
  ],
  ['getInvoice', { id: 'in_1' }, 'GET', '/v1/invoices/in_1', ''],
  ['finalizeInvoice', { id: 'in_1' }, 'POST', '/v1/invoices/in_1/finalize', ''],
  ['sendInvoice', { id: 'in_1' }, 'POST', '/v1/invoices/in_1/send', ''],
  ['payInvoice', { id: 'in_1' }, 'POST', '/v1/invoices/in_1/pay', ''],
  ['voidInvoice', { id: 'in_1' }, 'POST', '/v1/invoices/in_1/void', ''],
  ['listInvoices', { customer: 'cus_1' }, 'GET', '/v1/invoices?limit=20&customer=cus_1', ''],
  [
    'createPaymentIntent',
    { amount: 4_000, currency: 'eur', customer: 'cus_1' },
    'POST',
    '/v1/payment_intents',
    'amount=4000&currency=eur&customer=cus_1',
  ],
  ['getPaymentIntent', { id: 'pi_1' }, 'GET', '/v1/payment_intents/pi_1', ''],
  ['updatePaymentIntent', { id: 'pi_1', amount: 3_000 }, 'POST', '/v1/payment_intents/pi_1', 'amount=3000'],
  [
    'confirmPaymentIntent',
    { id: 'pi_1', payment_method: 'pm_1' },
    'POST',
    '/v1/payment_intents/pi_1/confirm',
    'payment_method=pm_1',
  ],
  [
    'capturePaymentIntent',
    { id: 'pi_1', amount_to_capture: 10 },
    'POST',
    '/v1/payment_intents/pi_1/capture',
    'amount_to_capture=10',
  ],
  [
    'cancelPaymentIntent',
    { id: 'pi_1', cancellation_reason: 'duplicate' },
    'POST',
    '/v1/payment_intents/pi_1/cancel',
    'cancellation_reason=duplicate',
  ],
  ['listPaymentIntents', {}, 'GET', '/v1/payment_intents?limit=20', ''],
])('%s', async (operation, input, method, path, body) => {
  const id = await register();
  const result = await invoke(id, operation, input, { idempotencyKey: `of ${operation}`.replace(' ', '-') });
  expect(result).toMatchObject({ __typename: 'InvokeIntegrationSuccess', attempts: 1 });
  const [call] = stripe.calls;
  expect([call?.method, call?.path, call?.body]).toEqual([method, path, body]);
  expect(call?.headers['idempotency-key']).toBe(method === 'GET' ? undefined : `of-${operation}`);
});

test('an answer that gets lost is asked for again with the same key: the customer is charged once', async () => {
  const id = await register({}, KEY, 3);
  stripe.answerNext(
    (call, done) => {
      // Done, and not told.
      call.response.end = () => call.response.destroy();
      done();
    },
    ({ response }) => sendJson(response, { error: { type: 'api_error' } }, 503),
  );
  const input = { amount: 4_000, currency: 'eur', confirm: true, payment_method: 'pm_1' };
  expect(await invoke(id, 'createPaymentIntent', input)).toMatchObject({ attempts: 3, output: { id: 'pa_1' } });
  expect(stripe.created).toEqual(['payment_intents']);
  const keys = stripe.calls.map(({ headers }) => headers['idempotency-key']);
  expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
  await invoke(id, 'createPaymentIntent', input);
  expect(stripe.created).toEqual(['payment_intents', 'payment_intents']);
});

test('keys are those of the mode, which is shown; the library tells nothing of the machine', async () => {
  const refusal = async (given: object) =>
    (await mutate(one, owner, 'registerIntegration', { name: 'x', ...given })).fields;
  const told = (message: string) => [
    { path: 'credentials.apiKey', message: expect.stringContaining(message) as string },
  ];
  expect(await refusal(settings({}, 'pk_test_publishable'))).toEqual(told('must be a secret or restricted key'));
  expect(await refusal(settings({}, 'sk_live_ofTheTests42'))).toEqual(told('is a key of mode LIVE'));
  expect(await refusal(settings({ mode: 'LIVE' }))).toEqual(told('is a key of mode TEST'));
  for (const baseUrl of ['http://169.254.169.254', 'http://10.0.0.1', 'https://api.stripe.com/below', 'x']) {
    const path = 'configuration.baseUrl';
    expect(await refusal(settings({ baseUrl }))).toEqual([{ path, message: expect.any(String) as string }]);
  }
  jest.replaceProperty(process, 'env', { CLAUDECODE: 'ambient', CURSOR_AGENT: 'ambient', STRIPE_API_KEY: 'ambient' });
  try {
    const id = await register({ account: 'acct_1', apiVersion: '2026-08-26.basil' });
    expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
    const query = `{ integration(id: "${id}") { configuration } }`;
    expect(await one.ask(owner, query)).toMatchObject({ integration: { configuration: { mode: 'TEST' } } });
  } finally {
    jest.restoreAllMocks();
  }
  const headers = stripe.calls[0]?.headers;
  expect(headers).toMatchObject({
    ...{ 'user-agent': 'flowmesh', 'stripe-account': 'acct_1', 'stripe-version': '2026-08-26.basil' },
  });
  expect(Object.keys(headers ?? {}).filter((name) => name.startsWith('x-stripe'))).toEqual([]);
});

test.each<[status: number, error: object, expected: object]>([
  [
    402,
    {
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      message: 'Your card was declined.',
    },
    {
      code: 'HTTP_STATUS',
      retryable: false,
      message: 'Stripe answered 402 card_declined, insufficient_funds: Your card was declined.',
    },
  ],
  [
    403,
    { type: 'invalid_request_error', code: 'more_permissions_required' },
    { code: 'ACCESS_DENIED', retryable: false },
  ],
  [404, { type: 'invalid_request_error', code: 'resource_missing' }, { code: 'NOT_FOUND', retryable: false }],
  [409, { type: 'idempotency_error', code: 'idempotency_key_in_use' }, { code: 'TOO_MANY_REQUESTS', retryable: true }],
  [
    429,
    { type: 'rate_limit_error' },
    { code: 'TOO_MANY_REQUESTS', status: 429, retryable: true, retryAfterSeconds: 7 },
  ],
  [500, { type: 'api_error' }, { code: 'HTTP_STATUS', status: 500, retryable: true }],
])('%i, case %#', async (status, error, expected) => {
  const id = await register();
  const headers = { 'retry-after': '7', 'stripe-should-retry': 'true' };
  stripe.answerNext(({ response }) => sendJson(response, { error }, status, headers));
  expect(await invoke(id, 'createCustomer', {})).toMatchObject(expected);
  expect(stripe.calls).toHaveLength(1);
});

test.each([
  ['no JSON', 'hello', 'INVALID_OUTPUT'],
  ['no object', '[1]', 'INVALID_OUTPUT'],
  ['null', 'null', 'INVALID_OUTPUT'],
  ['nested too deep', '{"a":'.repeat(100_000), 'INVALID_OUTPUT'],
  ['an object without an id', '{}', 'INVALID_OUTPUT'],
  ['too much', `{"a":"${'x'.repeat(5 * 1024 * 1024)}"}`, 'TOO_LARGE'],
])('an answer that cannot be used: %s', async (_what, body, code) => {
  const id = await register();
  stripe.answerNext(({ response }) => void response.end(body));
  expect(await invoke(id, 'getCustomer', { id: 'cus_1' })).toMatchObject({ code, retryable: false });
});

test('a key that is not accepted, a restricted one, and what cannot be sent', async () => {
  const wrong = await register({}, 'sk_test_ofSomebodyElse');
  expect(await invoke(wrong, 'getCustomer', { id: 'cus_1' })).toMatchObject({
    ...{ code: 'AUTHENTICATION', retryable: false },
    message: 'Stripe answered 401 invalid_request_error: Invalid API Key provided: •••.',
  });
  expect(await mutate(one, owner, 'testIntegration', { id: wrong })).toMatchObject({
    test: { code: 'AUTHENTICATION' },
  });
  const id = await register();
  stripe.answerNext(({ response }) => sendJson(response, { error: { code: 'more_permissions_required' } }, 403));
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
  const many = Object.fromEntries(Array.from({ length: 51 }, (_each, at) => [`k${at}`, 'v']));
  expect(await invoke(id, 'createCustomer', { metadata: many })).toMatchObject({
    fields: [{ path: 'input.metadata' }],
  });
  expect(await invoke(id, 'getCustomer', { id: '../balance' })).toMatchObject({ fields: [{ path: 'input.id' }] });
});
