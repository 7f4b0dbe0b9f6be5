import { z } from 'zod';

const MAX_ADDRESS_CHARACTERS = 2_000;

/** Https, or http on this machine (RFC 8252, 7.3), without a fragment (RFC 6749, 3.1.2). */
const isRedirectUri = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, hash, username } = new URL(text);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return (protocol === 'https:' || (protocol === 'http:' && local)) && hash === '' && username === '';
};

export const beginShape = z.object({
  redirectUri: z
    .string()
    .max(MAX_ADDRESS_CHARACTERS)
    .refine(isRedirectUri, 'must be an https address (http on this machine) without a fragment')
    .nullish(),
});

export const completeShape = z.object({
  redirectedTo: z.string().max(10_000).refine(URL.canParse, 'must be the whole address, with its parameters'),
});

export interface BeginIntegrationAuthorizationInput extends z.input<typeof beginShape> {
  readonly id: string;
}

export type CompleteIntegrationAuthorizationInput = z.input<typeof completeShape>;
