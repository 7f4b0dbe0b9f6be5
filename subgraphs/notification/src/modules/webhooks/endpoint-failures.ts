/** You have an endpoint of this address already. */
export const endpointTaken = (url: string) => ({
  __typename: 'WebhookEndpointTakenError' as const,
  code: 'WEBHOOK_ENDPOINT_TAKEN',
  message: 'You have an endpoint of this address already.',
  url,
});
