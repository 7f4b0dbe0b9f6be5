import { emailAddress, mailbox } from './email-address.ts';

test.each([
  ['ada@example.com', 'ada@example.com'],
  [' ada@example.com ', 'ada@example.com'],
  ["o'brien+tag@sub.example.co.uk", "o'brien+tag@sub.example.co.uk"],
  ['ada@münchen.example', 'ada@xn--mnchen-3ya.example'],
  ['ada@пример.рф', 'ada@xn--e1afmkfd.xn--p1ai'],
  [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ['', null],
  ['ada', null],
  ['@example.com', null],
  ['ada@', null],
  ['ada@exa mple.com', null],
  ['ada@-example.com', null],
  ['.ada@example.com', null],
  ['a..da@example.com', null],
  ['ada@example.com, eve@example.com', null],
  ['Ada <ada@example.com>', null],
  ['ada@example.com\r\nBcc: eve@example.com', null],
  ['ada\n@example.com', null],
  ['ada\0@example.com', null],
  ['"ada lovelace"@example.com', null],
  [`${'a'.repeat(65)}@example.com`, null],
  [`ada@${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.com`, null],
])('address %j', (text, expected) => expect(emailAddress(text)).toBe(expected));

test.each([
  ['ada@example.com', { name: '', address: 'ada@example.com' }],
  ['Ada Lovelace <ada@example.com>', { name: 'Ada Lovelace', address: 'ada@example.com' }],
  ['"Lovelace, Ada" <ada@example.com>', { name: 'Lovelace, Ada', address: 'ada@example.com' }],
  ['Ada <ada@example.com>\r\nBcc: eve@example.com', null],
  ['Ada <ada@example.com>, Eve <eve@example.com>', null],
  ['Ada <ada>', null],
  ['', null],
])('mailbox %j', (text, expected) => expect(mailbox(text)).toEqual(expected));
