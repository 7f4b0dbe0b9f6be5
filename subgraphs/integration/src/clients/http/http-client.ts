import { GuardedHttpError, headerProblem, portProblem, type GuardedHttp } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { ClientCall, IntegrationClient, Settings } from '../integration-client.ts';
import { TOKEN_NOT_ACCEPTED } from '../token-grant.ts';
import { authenticate, credentialProblems, sentForms } from './http-authentication.ts';
import { httpConfiguration, neededCredentials, tokenGrantOf, type HttpConfiguration } from './http-configuration.ts';
import { connectionFailure, statusFailure } from './http-failure.ts';
import { isRepeatable, type HttpOperation } from './http-operation.ts';
import { readAnswer } from './http-answer.ts';
import { buildRequest, type BuiltRequest } from './http-request.ts';

const MAX_ANSWER_BYTES = 5 * 1024 * 1024;
/** The policy of the integration ends calls before; this one bounds what forgets to. */
const DEADLINE_MS = 600_000;

type HttpSettings = Settings<HttpConfiguration>;

function endpointProblems(http: GuardedHttp, configuration: HttpConfiguration): InvalidField[] {
  const { tokenUrl = null, authorizationUrl = null } = tokenGrantOf(configuration) ?? {};
  return Object.entries({ tokenUrl, authorizationUrl }).flatMap(([name, url]) => {
    const message = url === null ? null : http.rules.problemOf(url);
    return message ? [{ path: `authentication.${name}`, message }] : [];
  });
}

const secretsOf = (settings: HttpSettings): string[] => [
  ...Object.values(settings.credentials),
  ...sentForms(settings),
];

/** An answer that says that the call failed. Another access token may help when it was not accepted. */
async function failureOf(response: Response, { configuration }: HttpSettings, repeatable: boolean): Promise<CallError> {
  const failure = await statusFailure(response, repeatable);
  return response.status === 401 && tokenGrantOf(configuration) !== null
    ? new CallError(TOKEN_NOT_ACCEPTED, failure.message, { retryable: false, fault: false, status: failure.status })
    : failure;
}

/** Headers of the configuration are shown, and stay when credentials are exchanged. */
const secretHeaderProblem = (name: string): string | null =>
  /^(authorization|x-api-key|api-key|x-auth-token|cookie)$/i.test(name)
    ? 'is shown to all who see the integration: use `authentication` and `credentials`'
    : null;

function problemsOf(http: GuardedHttp, configuration: HttpConfiguration): InvalidField[] {
  const { baseUrl, headers } = configuration;
  const url = http.rules.problemOf(baseUrl);
  const { username, search, hash } = URL.canParse(baseUrl) ? new URL(baseUrl) : { username: '', search: '', hash: '' };
  const extra = username || search || hash ? 'must have no user, no parameters and no fragment' : null;
  const message = url ?? portProblem(baseUrl) ?? extra;
  return [
    ...(message ? [{ path: 'baseUrl', message }] : []),
    ...endpointProblems(http, configuration),
    ...Object.entries(headers).flatMap(([name, value]) => {
      const problem = headerProblem(name, value) ?? secretHeaderProblem(name);
      return problem ? [{ path: `headers.${name}`, message: problem }] : [];
    }),
  ];
}

/** What the service could do twice: `repeatable` of a POST may mean that the service recognises the key. */
const wantsKey = ({ readOnly, repeatable, http: { method } }: HttpOperation): boolean =>
  !readOnly && (!repeatable || !isRepeatable(method));

/** Any service that speaks HTTP and JSON, with operations that its owner declares. */
export function createHttpClient(http: GuardedHttp): IntegrationClient<HttpConfiguration, HttpOperation> {
  async function send(
    settings: HttpSettings,
    request: BuiltRequest & { readonly method: string },
    { repeatable, signal }: { repeatable: boolean; signal: AbortSignal },
  ): Promise<Response> {
    const { url, body, method, contentType } = request;
    const signed = authenticate({ url, body }, settings);
    try {
      return await http.request(url.href, {
        method,
        headers: {
          accept: 'application/json',
          'user-agent': 'flowmesh',
          ...settings.configuration.headers,
          ...request.headers,
          ...(body === undefined ? {} : { 'content-type': contentType }),
          ...signed,
        },
        ...(body === undefined ? {} : { body }),
        deadlineMs: DEADLINE_MS,
        maxBytes: MAX_ANSWER_BYTES,
        signal,
      });
    } catch (error) {
      throw error instanceof GuardedHttpError ? connectionFailure(error, repeatable) : error;
    }
  }

  return {
    type: 'HTTP',
    title: 'HTTP service',
    description: 'Any service that speaks HTTP and JSON. Its owner declares the operations.',
    configuration: httpConfiguration,
    credentials: {
      password: 'Password of BASIC authentication.',
      token: 'Token of BEARER authentication.',
      apiKey: 'Key of API_KEY authentication.',
      secret: 'Secret of HMAC authentication.',
      clientSecret: 'Secret of the client of OAUTH2_CLIENT_CREDENTIALS and OAUTH2_AUTHORIZATION_CODE.',
    },
    operations: null,
    problemsOf: (configuration) => problemsOf(http, configuration),
    wantedCredentials: ({ authentication }) => ({ required: neededCredentials(authentication) }),
    credentialProblems,
    tokenGrant: tokenGrantOf,
    destination: ({ baseUrl, authentication }) => [
      baseUrl,
      authentication.type,
      authentication.type === 'BASIC' ? authentication.username : null,
      ...('tokenUrl' in authentication ? [authentication.tokenUrl, authentication.clientId] : []),
    ],
    sentForms,
    // Many a base address answers anybody. A token is only given for credentials that are right.
    triesCredentials: ({ healthPath, authentication: { type } }) =>
      type === 'OAUTH2_CLIENT_CREDENTIALS' || (type !== 'NONE' && healthPath !== ''),

    async test(settings, signal) {
      const { baseUrl, healthPath } = settings.configuration;
      const shape = { method: 'GET', path: healthPath, query: [], headers: [], body: null } as const;
      const request = { method: 'GET', ...buildRequest(baseUrl, shape, null) };
      const response = await send(settings, request, { repeatable: true, signal });
      if (response.status >= 500 || response.status === 401 || response.status === 403) {
        throw await failureOf(response, settings, true);
      }
      await response.body?.cancel();
    },

    async call(settings, { operation, input, idempotencyKey }: ClientCall<HttpOperation>, signal) {
      const { http: shape, repeatable } = operation;
      const built = buildRequest(settings.configuration.baseUrl, shape, input);
      const headers = { ...built.headers, ...(wantsKey(operation) ? { 'idempotency-key': idempotencyKey } : {}) };
      const response = await send(settings, { ...built, headers, method: shape.method }, { repeatable, signal });
      try {
        if (response.status < 300) return await readAnswer(response, secretsOf(settings));
        throw await failureOf(response, settings, repeatable);
      } catch (error) {
        throw error instanceof GuardedHttpError ? connectionFailure(error, repeatable) : error;
      }
    },
  };
}
