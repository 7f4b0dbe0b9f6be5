export { createMailCarrier } from './mail-carrier.ts';
export type { MailContent } from './mail.ts';
export { createMailDelivery, type MailDelivery, type Mailer } from './mail-delivery.ts';
