import type { GuardedHttp } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import { baseAddressProblem } from '../base-address.ts';
import type { IntegrationClient } from '../integration-client.ts';
import { auth0Api } from './auth0-api.ts';
import { auth0Configuration, auth0Grant, originOf, type Auth0Configuration } from './auth0-configuration.ts';
import { AUTH0_OPERATIONS, type Auth0Operation } from './auth0-operations.ts';

/** Tenants of Auth0 by their Management API, with access tokens by client credentials. */
export function createAuth0Client(http: GuardedHttp): IntegrationClient<Auth0Configuration, Auth0Operation> {
  return {
    type: 'AUTH0',
    title: 'Auth0',
    description: 'A tenant of Auth0: users, roles, and whether tokens are good.',
    configuration: auth0Configuration,
    credentials: { clientSecret: 'Secret of the application.' },
    operations: AUTH0_OPERATIONS,
    problemsOf({ baseUrl }) {
      const message = baseAddressProblem(http, baseUrl);
      return message ? [{ path: 'baseUrl', message }] : [];
    },
    wantedCredentials: () => ({ required: ['clientSecret'] }),
    destination: (configuration) => [configuration.baseUrl, configuration.clientId, configuration.audience ?? null],
    tokenGrant: auth0Grant,
    sentForms: () => [],

    async test(settings, signal) {
      const api = auth0Api(http, settings, signal);
      try {
        await api({ method: 'GET', path: '/api/v2/users', query: { per_page: 1 }, repeatable: true });
      } catch (error) {
        // The application may not read users: the tenant knows its token.
        if (!(error instanceof CallError) || error.code !== 'ACCESS_DENIED') throw error;
      }
    },

    call: (settings, { operation, input }, signal) =>
      operation.send(auth0Api(http, settings, signal), input, `${originOf(settings.configuration)}/`),
  };
}
