import { mailbox } from './mailbox.ts';

test.each([
  ['ada@example.com', { name: '', address: 'ada@example.com' }],
  ['Ada Lovelace <ada@example.com>', { name: 'Ada Lovelace', address: 'ada@example.com' }],
  ['"Lovelace, Ada" <ada@example.com>', { name: 'Lovelace, Ada', address: 'ada@example.com' }],
  ['Ada <ada@example.com>\r\nBcc: eve@example.com', null],
  ['Ada <ada@example.com>, Eve <eve@example.com>', null],
  ['Ada <ada>', null],
  ['', null],
])('mailbox %j', (text, expected) => expect(mailbox(text)).toEqual(expected));
