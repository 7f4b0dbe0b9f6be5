import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { newApiKey, signAccessToken } from '../access/index.ts';
import { newId } from '../ids/index.ts';
import { closeSandbox } from '../sandbox/index.ts';
import { findSecrets, type FoundSecret } from './index.ts';

afterAll(closeSandbox);

async function search<T>(data: T): Promise<{ found: readonly FoundSecret[]; masked: T }> {
  const result = await findSecrets('data', data);
  if ('__typename' in result) throw new Error(JSON.stringify(result));
  return result;
}

test('data without secrets is not copied, however much it is; with one it stays as it is', async () => {
  const plain = { list: Array<number>(1_000).fill(1), text: 'nothing to hide' };
  expect((await search(plain)).masked).toBe(plain);
  const telling = { password: 'hunter2-hunter2', list: [{ a: 1 }] };
  const { masked } = await search(telling);
  expect(masked).toEqual({ password: '•••', list: [{ a: 1 }] });
  expect(telling.password).toBe('hunter2-hunter2');
});

const hex = (digits: number) => randomBytes(digits / 2).toString('hex');
const letters = (length: number) => 'Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0'.repeat(10).slice(0, length);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const encrypted = privateKey
  .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString();
const accessToken = signAccessToken(
  { userId: newId(), sessionId: newId(), tokenId: newId(), issuedAt: 1_800_000_000, expiresAt: 1_800_000_900 },
  'key',
  privateKey,
);

/** Kind, and the secret; put together, so that no scanner takes this file for a leak. */
const TOKENS: [string, string][] = [
  ['ANTHROPIC_API_KEY', `sk-ant-api03-${letters(93)}AA`],
  ['ANTHROPIC_API_KEY', `sk-ant-admin01-${letters(40)}`],
  ['AWS_ACCESS_KEY_ID', `AKIA${'Z7QX3NPLW2RVKTYE'}`],
  ['CARD_NUMBER', '4111 1111 1111 1111'],
  ['CARD_NUMBER', '5555-5555-5555-4444'],
  ['CARD_NUMBER', '378282246310005'],
  ['FLOWMESH_API_KEY', newApiKey().key],
  ['GITHUB_TOKEN', `ghp_${letters(36)}`],
  ['GITHUB_TOKEN', `github_pat_${letters(82)}`],
  ['GITLAB_TOKEN', `glpat-${letters(20)}`],
  ['GOOGLE_API_KEY', `AIza${letters(35)}`],
  ['GOOGLE_CLIENT_SECRET', `GOCSPX-${letters(28)}`],
  ['HUGGING_FACE_TOKEN', `hf_${letters(34)}`],
  ['JSON_WEB_TOKEN', accessToken],
  ['LINEAR_API_TOKEN', `lin_api_${letters(40)}`],
  ['NPM_TOKEN', `npm_${letters(36)}`],
  ['ONE_PASSWORD_TOKEN', `ops_${Buffer.from(JSON.stringify({ signInAddress: letters(122) })).toString('base64')}`],
  ['OPENAI_API_KEY', `sk-${letters(20)}T3Blbk${'FJ'}${letters(20)}`],
  ['OPENAI_API_KEY', `sk-proj-${letters(40)}`],
  ['PRIVATE_KEY', pem.trim()],
  ['PRIVATE_KEY', encrypted.trim()],
  ['PRIVATE_KEY', pem.slice(0, 400).trim()],
  ['SENDGRID_API_KEY', `SG.${letters(22)}.${letters(43)}`],
  ['SHOPIFY_KEY', `shpat_${letters(32)}`],
  ['SLACK_TOKEN', `xoxb-123456789012-${letters(24)}`],
  ['SLACK_WEBHOOK', `https://hooks.slack.com/services/T${letters(8)}/B${letters(8)}/${letters(24)}`],
  ['STRIPE_KEY', `sk_live_${letters(24)}`],
  ['STRIPE_KEY', `rk_test_${letters(24)}`],
  ['TWILIO_API_KEY', `SK${hex(32)}`],
  ['WEBHOOK_SECRET', `whsec_${randomBytes(32).toString('base64')}`],
];

test.each(TOKENS)('%s is found and masked, alone and within a text', async (kind, secret) => {
  const { found, masked } = await search({ a: { b: [secret] }, c: `before\n${secret}` });
  expect(found).toEqual([
    { path: 'data.a.b[0]', kind, inKey: false },
    { path: 'data.c', kind, inKey: false },
  ]);
  expect(masked).toEqual({ a: { b: ['•••'] }, c: 'before\n•••' });
});

/** Kind, a text, and what is left of it. */
test.each([
  ['CONNECTION_PASSWORD', 'postgres://app:pw@host', 'postgres://app:•••@host'],
  ['CONNECTION_PASSWORD', 'use redis://:p@ss@localhost:6379/0 here', 'use redis://:•••@localhost:6379/0 here'],
  ['CONNECTION_PASSWORD', 'mongodb+srv://u:x@a.b/c?d', 'mongodb+srv://u:•••@a.b/c?d'],
  ['BEARER_TOKEN', 'Authorization: Bearer abcdefgh12345678', 'Authorization: Bearer •••'],
  ['BEARER_TOKEN', 'curl -H "authorization: bearer 0a-b_c.d~e+f/g=="', 'curl -H "authorization: bearer •••"'],
  ['BASIC_CREDENTIALS', 'Authorization: Basic dXNlcjpwYXNzdzByZA==', 'Authorization: Basic •••'],
  ['SECRET_FIELD', `aws_secret_access_key=${'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzZzZzZzKEY'}`, 'aws_secret_access_key=•••'],
  ['SECRET_FIELD', 'A=1\nDB_PASSWORD="hunter2hunter2"\nB=2', 'A=1\nDB_PASSWORD="•••"\nB=2'],
  ['SECRET_FIELD', '{"apiKey": "abc123def456"}', '{"apiKey": "•••"}'],
  ['SECRET_FIELD', 'https://a.b/c?access_token=abc123def456&d=e', 'https://a.b/c?access_token=•••&d=e'],
  ['CARD_NUMBER', 'Card no.4111111111111111.', 'Card no.•••.'],
  ['GITHUB_TOKEN', `secretlint-disable\nghp_${letters(36)}`, 'secretlint-disable\n•••'],
])('%s in a text', async (kind, text, masked) => {
  expect(await search({ text })).toEqual({
    found: [{ path: 'data.text', kind, inKey: false }],
    masked: { text: masked },
  });
});

test.each([
  ['password', 'hunter2'],
  ['Passwd', 'x'],
  ['DB_PASSWORD', 'correct horse battery staple'],
  ['api_key', '12345'],
  ['x-api-key', '12345'],
  ['apikeys', ['one', 'two']],
  ['aws_secret_access_key', letters(40)],
  ['client_secret', 'abc'],
  ['clientSecret', 'abc'],
  ['private_key', 'abc'],
  ['refreshToken', 'abc'],
  ['GITHUB_TOKEN', 'abc'],
  ['_authToken', 'abc'],
  ['Proxy-Authorization', 'Basic dXNlcg=='],
  ['cookie', 'sid=1'],
  ['credentials', 'a:b'],
])('what is called %s is a secret: %j', async (name, value) => {
  const expected = { kind: 'SECRET_FIELD', inKey: false };
  const isList = Array.isArray(value);
  const { found, masked } = await search({ [name]: value });
  expect(found).toEqual(
    isList
      ? value.map((_, index) => ({ path: `data.${name}[${index}]`, ...expected }))
      : [{ path: `data.${name}`, ...expected }],
  );
  expect(masked).toEqual({ [name]: isList ? value.map(() => '•••') : '•••' });
});

test.each<[string, object, string[]]>([
  ['pwd', { pwd: 'hunter2', DB_PWD: 'x', userPwd: 'y' }, ['pwd', 'DB_PWD', 'userPwd']],
  ['pwd and passwd in a text', { text: 'PWD=hunter2hunter2 passwd: hunter3hunter3' }, ['text', 'text']],
  [
    'secrets by name',
    { secrets: { db: 'hunter2', smtp: ['a', 'b'] } },
    ['secrets.db', 'secrets.smtp[0]', 'secrets.smtp[1]'],
  ],
  ['secrets by place and name', { secrets: { prod: { db: 'x' } } }, ['secrets.prod.db']],
  ['a list of secrets', { secrets: [{ name: 'db', value: 'hunter2', createdAt: 'today' }] }, ['secrets[0].value']],
  ['passwords of users', { passwords: { ann: 'x' }, api_keys: { stripe: 'y' } }, ['passwords.ann', 'api_keys.stripe']],
  ['credentials', { credentials: { user: 'x', pass: 'y' } }, ['credentials.pass']],
  ['a list of tokens', { tokens: [`a1${letters(20)}`, 'word', `2${letters(30)}`] }, ['tokens[0]', 'tokens[2]']],
  ['tokens by name', { accessTokens: { github: `a1${letters(20)}` } }, ['accessTokens.github']],
])('%s are secrets', async (_what, data, paths) => {
  const { found } = await search(data);
  expect(found.map(({ path, kind }) => `${path} ${kind}`)).toEqual(paths.map((path) => `data.${path} SECRET_FIELD`));
});

test('a name beside a value counts, as does the path of a patch', async () => {
  const data = [
    { name: 'DB_PASSWORD', value: 'hunter2' },
    { key: 'Authorization', value: 'Basic dXNlcg==' },
    { op: 'ADD', path: '/db/password', value: 'hunter2' },
    { op: 'ADD', path: '/apiKeys/-', value: 'hunter2' },
    { name: 'DB_USER', value: 'hunter2' },
  ];
  const { found, masked } = await search(data);
  expect(found.map(({ path, kind }) => `${path} ${kind}`)).toEqual(
    [0, 1, 2, 3].map((index) => `data[${index}].value SECRET_FIELD`),
  );
  expect(masked.map(({ value }) => value)).toEqual(['•••', '•••', '•••', '•••', 'hunter2']);
});

test('numbers are cards with 15 or 16 digits, a known prefix and the right checksum', async () => {
  const cards = [4_111_111_111_111_111, 5_555_555_555_554_444, 378_282_246_310_005];
  const others = [
    4_111_111_111_111_112, 4_222_222_222_222, 1_732_972_800_000, 1_732_972_800_000_000, 9e15, 4.5, -1, 1e300,
  ];
  const { found, masked } = await search({ cards, others });
  expect(found.map(({ path, kind }) => `${path} ${kind}`)).toEqual(
    [0, 1, 2].map((index) => `data.cards[${index}] CARD_NUMBER`),
  );
  expect(masked).toEqual({ cards: ['•••', '•••', '•••'], others });
});

test.each([
  [
    'ids',
    { id: newId(), legacy: '12345678-1234-4111-a234-123456789012', uuid: 'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6' },
  ],
  ['times', { at: '2026-11-30T12:00:00.000Z', ms: '1732972800000', number: 1_732_972_800_000 }],
  ['an image', { image: `data:image/png;base64,${randomBytes(3_000).toString('base64')}` }],
  ['hashes', { sha256: createHash('sha256').update('x').digest('hex'), md5: hex(32), git: hex(40) }],
  [
    'prose',
    {
      text: 'The password must have 12 characters. Password: required. A token: see below. The bearer of this letter.',
    },
  ],
  [
    'names of other things',
    { passwordPolicy: 'strong', tokenType: 'Bearer', publicKey: 'abc', secretName: 'db', monkey: 'x' },
  ],
  ['pages and language models', { nextPageToken: 'abc', eos_token: '</s>', tokens: ['a', 'b'], max_tokens: 100 }],
  ['counts of tokens', { tokenCount: 12, maxTokens: '4096', tokens: 12, usage: { tokens: { prompt: '12', in: 'x' } } }],
  [
    'words and ids beside tokens',
    { tokens: ['the', 'transformer', '##ing2'], tokensBy: { model: 'gpt-4o-2024-08-06' } },
  ],
  [
    'words that contain others',
    { secretary: 'Ann', secretaries: { hr: 'Ann' }, secretsManager: 'aws', pwdPolicy: 'long' },
  ],
  [
    'where programs work',
    { pwd: '/home/ann1', PWD: '~/a1', OLDPWD: 'C:\\a', text: 'PWD=/home/ann1/work OLDPWD=/var/lib2' },
  ],
  [
    'what is said of secrets',
    { secrets: [{ name: 'db', type: 'opaque', file: 'db.txt', external: true }], credentials: {} },
  ],
  ['what is not a text', { password: null, secret: true, token: 5, apiKey: {}, credentials: { user: 'x' } }],
  ['placeholders', { password: '', secret: '•••', token: '${TOKEN}', apiKey: '<your key>', cookie: '[REDACTED]' }],
  ['masked ones', { apiKey: 'sk_live_••••1234', authorization: 'Bearer •••', passwd: '********', secret: 'string' }],
  ['addresses', { url: 'https://example.com:8080/a@b?c=d', ssh: 'git@github.com:a/b.git', pg: 'postgres://host/db' }],
  ['a key with a typing error', { text: newApiKey().key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')) }],
  ['three words with dots', { text: 'eyJabcdefgh.abcdefgh.abcdefgh' }],
  ['a price list', { text: 'SK1234, sk-learn-models, AKIA, hf_hub, 4111-1111' }],
])('%s are no secrets', async (_, data) => {
  expect(await search(data)).toEqual({ found: [], masked: data });
});

test('ids of any kind are no secrets, nor are words', async () => {
  const data = fc.array(
    fc.oneof(fc.uuid(), fc.date({ noInvalidDate: true }), fc.lorem(), fc.ipV6(), fc.emailAddress()),
  );
  await fc.assert(
    fc.asyncProperty(data, async (values) => {
      const given = JSON.parse(JSON.stringify({ values })) as object;
      expect(await search(given)).toEqual({ found: [], masked: given });
    }),
    { numRuns: 200 },
  );
});

test('secrets anywhere in any data are found, and nothing of them is left', async () => {
  const secrets = fc.constantFrom(...TOKENS.map(([, secret]) => secret));
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.array(secrets, { minLength: 1 }), fc.lorem(), async (data, given, words) => {
      const texts = given.map((secret) => `${words} ${secret}`);
      const { found, masked } = await search({ data, texts });
      expect(found.length).toBeGreaterThanOrEqual(given.length);
      expect(masked.texts).toEqual(given.map(() => `${words} •••`));
    }),
    { numRuns: 100 },
  );
});

test('a secret in a key is told, and stays', async () => {
  const secret = `ghp_${letters(36)}`;
  const found = [{ path: 'data', kind: 'GITHUB_TOKEN', inKey: true }];
  expect(await search({ [secret]: 1 })).toEqual({ found, masked: { [secret]: 1 } });
});

test('1,000 secrets are masked, more are refused', async () => {
  const many = (count: number) => ({ text: `ghp_${letters(36)} `.repeat(count), passwords: ['a', 'b'] });
  expect((await search(many(998))).masked).toEqual({ text: '••• '.repeat(998), passwords: ['•••', '•••'] });
  expect(await findSecrets('data', many(999))).toMatchObject({
    fields: [{ path: 'data', message: 'must not hold more than 1,000 secrets' }],
  });
});

/** Each 2 MB, the most that a layer holds: an answer within the time of the sandbox. */
test.each([
  ['aB3/'],
  ['eyJ'],
  ['.eyJaaaaaa'],
  ['-----BEGIN PRIVATE KEY-----'],
  ['-----END '],
  ['a://u:'],
  ['password='],
  ['1 '],
  ['bearer '],
  ['SG.a.'],
  ['xoxb-a-'],
])('long texts of %j are looked through', async (piece) => {
  const text = piece.repeat(2_000_000 / piece.length);
  expect(await findSecrets('data', { text })).toHaveProperty('found');
});
