import { createHash, createPublicKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { HttpDouble, sendJson, type HttpCall } from '@flowmesh/platform/testing';
import { jwtVerify } from 'jose';

const EMAIL = 'robot@project.iam.gserviceaccount.com';
const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write';

interface GcsObject {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly updated: string;
}

export interface GcsDouble {
  readonly url: string;
  readonly clientEmail: string;
  readonly privateKey: string;
  readonly calls: readonly HttpCall[];
  /** So many access tokens it has given; earlier ones are not accepted after `expireTokens`. */
  readonly tokensGiven: number;
  expireTokens(): void;
  /** How requests below /storage and /upload are answered next, instead. */
  answerNext(answer: (call: HttpCall) => void): void;
  stop(): Promise<void>;
}

const refuse = ({ response }: HttpCall, status: number, reason: string): void =>
  sendJson(response, { error: { code: status, message: `not so: ${reason}`, errors: [{ reason }] } }, status);

/** As the documentation of V4 signing has it: the request is written down again from what has arrived. */
function isSigned({ method, path, headers }: HttpCall, publicKey: KeyObject): boolean {
  const url = new URL(path, `http://${headers.host ?? ''}`);
  const signature = url.searchParams.get('X-Goog-Signature') ?? '';
  const query = url.search.slice(1).replace(/&X-Goog-Signature=.*$/, '');
  const of = (name: string) => url.searchParams.get(`X-Goog-${name}`) ?? '';
  const names = of('SignedHeaders').split(';');
  const lines = names.map((name) => `${name}:${String(headers[name] ?? '')}\n`).join('');
  const request = [method, url.pathname, query, lines, names.join(';'), 'UNSIGNED-PAYLOAD'].join('\n');
  const [email, ...scope] = of('Credential').split('/');
  const toSign = [of('Algorithm'), of('Date'), scope.join('/'), createHash('sha256').update(request).digest('hex')];
  const begun = Date.parse(of('Date').replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  const isOn = Date.now() < begun + Number(of('Expires')) * 1000;
  const bytes = Buffer.from(toSign.join('\n'));
  return email === EMAIL && isOn && verify('sha256', bytes, publicKey, Buffer.from(signature, 'hex'));
}

/** Google Cloud Storage and its token endpoint, as far as they are used: formats are checked, objects kept in memory. */
export async function startGcsDouble(bucket: string): Promise<GcsDouble> {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const publicKey = createPublicKey(privateKey);
  const objects = new Map<string, GcsObject>();
  let tokensGiven = 0;
  let next: ((call: HttpCall) => void) | null = null;

  async function giveToken(call: HttpCall): Promise<void> {
    const form = new URLSearchParams(call.body);
    const assertion = form.get('assertion') ?? '';
    const wanted = { issuer: EMAIL, audience: `${double.url}/token`, algorithms: ['RS256'], maxTokenAge: 3_600 };
    const claims = await jwtVerify(assertion, publicKey, wanted).catch(() => null);
    const good =
      call.method === 'POST' &&
      call.headers['content-type']?.startsWith('application/x-www-form-urlencoded') &&
      [...form.keys()].sort().join() === 'assertion,grant_type' &&
      form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
      claims?.payload['scope'] === SCOPE;
    if (!good) {
      return sendJson(call.response, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 400);
    }
    tokensGiven += 1;
    sendJson(call.response, { access_token: `ya29.${tokensGiven}`, expires_in: 3599, token_type: 'Bearer' });
  }

  const known = (name: string, { bytes, contentType, updated }: GcsObject) => ({
    ...{ name, size: String(bytes.length), contentType, etag: 'CJ+x=', updated },
  });

  function answer(call: HttpCall): void {
    const { method, headers, response } = call;
    const url = new URL(call.path, double.url);
    if (url.pathname === '/token') return void giveToken(call);
    if (next) {
      const given = next;
      next = null;
      return given(call);
    }
    if (url.searchParams.has('X-Goog-Signature')) return byAddress(call, url);
    if (headers.authorization !== `Bearer ya29.${tokensGiven}`) return refuse(call, 401, 'authError');
    const [, upload, in_, , name] = /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/o(\/([^/]+))?$/.exec(url.pathname) ?? [];
    if (in_ !== bucket) return refuse(call, 404, 'notFound');
    if (upload) return put(call, url);
    if (name === undefined) return list(call, url);
    const key = decodeURIComponent(name);
    const object = objects.get(key);
    if (!object) return refuse(call, 404, 'notFound');
    if (method === 'DELETE') return void (objects.delete(key), response.writeHead(204).end());
    if (url.searchParams.get('alt') !== 'media') return sendJson(response, known(key, object));
    give(call, object);
  }

  function give({ response }: HttpCall, { bytes, contentType, updated }: GcsObject): void {
    const lastModified = new Date(updated).toUTCString();
    response.writeHead(200, { 'content-type': contentType, etag: '"CJ+x="', 'last-modified': lastModified }).end(bytes);
  }

  function keep(key: string, { bytes, headers }: HttpCall): void {
    objects.set(key, { bytes, contentType: String(headers['content-type']), updated: new Date().toISOString() });
  }

  function put(call: HttpCall, url: URL): void {
    const name = url.searchParams.get('name');
    if (call.method !== 'POST' || url.searchParams.get('uploadType') !== 'media' || !name) {
      return refuse(call, 400, 'invalid');
    }
    keep(name, call);
    sendJson(call.response, { etag: 'CJ+x=' });
  }

  function list({ response }: HttpCall, { searchParams }: URL): void {
    const [prefix, delimiter] = [searchParams.get('prefix') ?? '', searchParams.get('delimiter')];
    const names = [...objects.keys()].filter((name) => name.startsWith(prefix)).sort();
    const folderOf = (name: string) => {
      const at = delimiter === null ? -1 : name.indexOf(delimiter, prefix.length);
      return at < 0 ? null : name.slice(0, at + 1);
    };
    const direct = names.filter((name) => folderOf(name) === null);
    const from = Number(searchParams.get('pageToken') ?? 0);
    const to = from + Number(searchParams.get('maxResults'));
    const items = direct.slice(from, to).flatMap((name) => {
      const object = objects.get(name);
      return object ? [known(name, object)] : [];
    });
    const prefixes = [...new Set(names.flatMap((name) => folderOf(name) ?? []))];
    sendJson(response, {
      ...(items.length > 0 ? { items } : {}),
      ...(prefixes.length > 0 ? { prefixes } : {}),
      ...(to < direct.length ? { nextPageToken: String(to) } : {}),
    });
  }

  function byAddress(call: HttpCall, { pathname }: URL): void {
    if (!isSigned(call, publicKey)) return void call.response.writeHead(403).end('<Error/>');
    const key = decodeURIComponent(pathname.slice(bucket.length + 2));
    if (call.method === 'PUT') {
      keep(key, call);
      return void call.response.end();
    }
    const object = objects.get(key);
    if (object) give(call, object);
    else call.response.writeHead(404).end();
  }

  const double = await HttpDouble.start(answer);
  return {
    ...{ url: double.url, calls: double.calls, clientEmail: EMAIL, privateKey },
    get tokensGiven() {
      return tokensGiven;
    },
    expireTokens: () => void (tokensGiven += 1),
    answerNext: (given) => void (next = given),
    stop: () => double.stop(),
  };
}
