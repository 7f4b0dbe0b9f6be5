export { loadMailConfig, type MailConfig } from './mail-config.ts';
export type { MailContent } from './mail.ts';
export { createMailDelivery, type MailDelivery, type Mailer } from './mailer.ts';
