import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { createClientReader } from './client-reader.ts';

const request = (remoteAddress: string | undefined, headers: Record<string, string>) =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;

test.each([[[]], [['loopback']], [['0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1']]])(
  'whatever a peer writes about its address, and however early it goes: an address or none (proxies: %s)',
  (trusted) => {
    const clientOf = createClientReader(trusted);
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom('', ' ', ',', '127.0.0.1:80', '[::1]:80', 'unknown', '::ffff:1.2.3.4', '1', '0x7f.1'),
    );
    fc.assert(
      fc.property(fc.array(part), fc.option(part, { nil: undefined }), (forwarded, remote) => {
        const { address } = clientOf(request(remote, { 'x-forwarded-for': forwarded.join(', ') }));
        expect(address === null || /^[\da-f.:]+(%.*)?$/i.test(address)).toBe(true);
      }),
    );
  },
);
