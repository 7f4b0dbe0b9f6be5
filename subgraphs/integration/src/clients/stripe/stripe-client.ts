import type { GuardedHttp } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import type Stripe from 'stripe';
import { baseAddressProblem } from '../base-address.ts';
import type { IntegrationClient, Settings } from '../integration-client.ts';
import { unusableAnswer } from '../provider-failure.ts';
import { keyProblems, stripeConfiguration, type StripeConfiguration } from './stripe-configuration.ts';
import { DEADLINE_MS, stripeFetch } from './stripe-fetch.ts';
import { STRIPE_OPERATIONS, type StripeOperation } from './stripe-operations.ts';

/** Payments by Stripe’s own library. */
export function createStripeClient(http: GuardedHttp): IntegrationClient<StripeConfiguration, StripeOperation> {
  async function using(
    { configuration, credentials }: Settings<StripeConfiguration>,
    signal: AbortSignal,
    work: (stripe: Stripe) => Promise<object>,
  ): Promise<object> {
    // Loaded when the first account is called: it is large, and most have none.
    const { default: Library } = await import('stripe');
    const { protocol, hostname, port } = new URL(configuration.baseUrl);
    const isPlain = protocol === 'http:';
    const { account, apiVersion } = configuration;
    const stripe = new Library(credentials['apiKey'] ?? '', {
      httpClient: Library.createFetchHttpClient(stripeFetch(http, signal)),
      host: hostname,
      port: port || (isPlain ? '80' : '443'),
      protocol: isPlain ? 'http' : 'https',
      ...(account === undefined ? {} : { stripeAccount: account }),
      ...(apiVersion === undefined ? {} : { apiVersion: apiVersion as typeof Library.API_VERSION }),
      timeout: DEADLINE_MS,
      // The policy of the integration tries again.
      maxNetworkRetries: 0,
      telemetry: false,
    });
    try {
      return await work(stripe);
    } catch (error) {
      throw ownError(error);
    }
  }

  return {
    type: 'STRIPE',
    title: 'Stripe',
    description: 'An account of Stripe: customers, subscriptions, invoices and payments, in test or live mode.',
    configuration: stripeConfiguration,
    credentials: { apiKey: 'Secret or restricted key (sk_…, rk_…).' },
    operations: STRIPE_OPERATIONS,
    problemsOf({ baseUrl }) {
      const message = baseAddressProblem(http, baseUrl);
      return message ? [{ path: 'baseUrl', message }] : [];
    },
    wantedCredentials: () => ({ required: ['apiKey'] }),
    credentialProblems: keyProblems,
    destination: ({ baseUrl, account }) => [baseUrl, account ?? null],
    sentForms: () => [],

    async test(settings, signal) {
      try {
        await using(settings, signal, (stripe) => stripe.balance.retrieve());
      } catch (error) {
        // Restricted keys may not see it: Stripe knows the key.
        if (!(error instanceof CallError) || error.code !== 'ACCESS_DENIED') throw error;
      }
    },

    call: (settings, { operation, input, idempotencyKey }, signal) =>
      using(settings, signal, (stripe) => operation.send(stripe, input, operation.readOnly ? {} : { idempotencyKey })),
  };
}

/** The library wraps what its network throws. */
function ownError(error: unknown): unknown {
  const { detail, type, message } = (error ?? {}) as { detail?: unknown; type?: unknown; message?: string };
  if (detail instanceof CallError) return detail;
  return typeof type === 'string' && type.startsWith('Stripe')
    ? unusableAnswer('Stripe', message ?? type, error)
    : error;
}
