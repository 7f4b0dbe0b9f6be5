import { z } from 'zod';
import { mailbox } from '../../../adapters/email/mailbox.ts';

const address = () =>
  z
    .string()
    .max(320, 'must have at most 320 characters')
    .refine((text) => mailbox(text) !== null, 'must be an e-mail address, e.g. Flowmesh <hello@example.com>');

/** Whom the e-mail of a provider comes from. */
export const sender = { from: address(), replyTo: address().nullish() };
