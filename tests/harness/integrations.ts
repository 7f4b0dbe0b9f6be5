import type { GraphClient } from './graph.ts';
import { unique } from './users.ts';

/** Registers an integration of this user; its id. */
export async function registerIntegration(user: GraphClient, input: object): Promise<string> {
  const result = await user.mutate<{ integration?: { id: string } }>(
    `mutation Register($input: RegisterIntegrationInput!) {
      registerIntegration(input: $input) {
        __typename
        ... on RegisterIntegrationSuccess { integration { id } }
        ... on MutationError { message }
        ... on InvalidInputError { fields { path message } }
      }
    }`,
    { input: { name: unique('integration'), ...input } },
  );
  if (!result.integration) throw new Error(JSON.stringify(result));
  return result.integration.id;
}

/** E-mail through a mail server of a test, without encryption. */
export const mailIntegration = (
  user: GraphClient,
  { host, port }: { readonly host: string; readonly port: number },
  policy: object = {},
): Promise<string> =>
  registerIntegration(user, {
    type: 'EMAIL',
    configuration: { provider: { type: 'SMTP', host, port, security: 'NONE' }, from: 'robot@example.org' },
    policy: { retry: { maxAttempts: 1 }, ...policy },
  });
