import {
  type AuthenticationHandler,
  ClientFactory,
  createAuthenticatingFetchWithRetry,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  type Client,
} from '@a2a-js/sdk/client';
import { SendMessageRequest } from '@a2a-js/sdk';
import { unique } from './users.ts';

/** The official client, with a token, at the address of the product or of an agent. */
export async function a2aClient(address: string, accessToken: string): Promise<Client> {
  const headers = () => Promise.resolve({ authorization: `Bearer ${accessToken}` });
  const handler: AuthenticationHandler = { headers, shouldRetryWithHeaders: () => Promise.resolve(undefined) };
  const fetchImpl = createAuthenticatingFetchWithRetry(fetch, handler);
  const cardResolver = new DefaultAgentCardResolver({ fetchImpl });
  const factory = new ClientFactory({ cardResolver, transports: [new JsonRpcTransportFactory({ fetchImpl })] });
  return factory.createFromAgentCard(await cardResolver.resolve(address, '.well-known/agent-card.json'));
}

/** A message with one part of data, or with texts. */
export const sending = (
  value: unknown,
  {
    configuration = {},
    metadata = {},
    ...message
  }: Record<string, unknown> & { configuration?: object; metadata?: object } = {},
) =>
  SendMessageRequest.fromJSON({
    message: {
      messageId: unique('message'),
      role: 'ROLE_USER',
      parts: typeof value === 'string' ? [{ text: value }] : [{ data: value }],
      metadata,
      ...message,
    },
    configuration,
  });
