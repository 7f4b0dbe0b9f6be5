import { NO_CLIENT } from '@flowmesh/platform/access';
import { until } from '@flowmesh/platform/testing';
import fastify from 'fastify';
import type { AuthSubgraph } from '../subgraph.ts';

export interface ReceivedMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Reads mails from the outbox for developers. */
export interface Inbox {
  /** All mails to an address, oldest first. */
  mailsTo(address: string): Promise<ReceivedMail[]>;
  /** Waits for a mail with this subject; the token of the latest one. */
  tokenFor(address: string, subject: string): Promise<string>;
  close(): Promise<void>;
}

export async function openInbox(subgraph: AuthSubgraph): Promise<Inbox> {
  const server = fastify();
  subgraph.registerRoutes(server, () => NO_CLIENT);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const mailsTo = async (address: string) => {
    const answer = await fetch(`${url}/dev/outbox?to=${encodeURIComponent(address)}`);
    if (!answer.ok) throw new Error(`/dev/outbox answers ${answer.status}`);
    const { mails } = (await answer.json()) as { mails: ReceivedMail[] };
    return mails.reverse();
  };
  return {
    mailsTo,
    async tokenFor(address, subject) {
      return until(`a mail "${subject}" with a token to ${address}`, async () => {
        const mail = (await mailsTo(address)).findLast((received) => received.subject === subject);
        return mail && /#token=([\w-]{43})$/m.exec(mail.text)?.[1];
      });
    },
    close: () => server.close(),
  };
}
