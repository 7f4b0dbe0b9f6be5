import { createTransport, type MailMessage, type SendMailOptions } from 'nodemailer';

/** Composes a message with nodemailer and hands it to `deliver`: the transport of providers that are reached by HTTP. */
export async function sendComposed<T>(mail: SendMailOptions, deliver: (mail: MailMessage) => Promise<T>): Promise<T> {
  const outcome: { value?: T } = {};
  const transport = createTransport({
    name: 'HTTP',
    version: '1',
    send(composed, callback) {
      const sent = { envelope: composed.message.getEnvelope(), messageId: composed.message.messageId() };
      deliver(composed).then(
        (value) => {
          outcome.value = value;
          callback(null, sent);
        },
        (error: unknown) => callback(error as Error),
      );
    },
  });
  await transport.sendMail(mail);
  return outcome.value as T;
}
