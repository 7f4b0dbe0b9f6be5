import { Mask } from './mask.ts';

const KEY = `CANARY!key(1)*~'x<&"`;

test.each([
  ['as it is', KEY],
  ['percent encoded', encodeURIComponent(KEY)],
  ['in a query', new URLSearchParams({ k: KEY }).toString().slice(2)],
  ['percent encoded by RFC 3986', 'CANARY%21key%281%29%2A~%27x%3C%26%22'],
  ['the same in lower case', 'CANARY%21key%281%29%2a~%27x%3c%26%22'],
  ['escaped for HTML', 'CANARY!key(1)*~&#39;x&lt;&amp;&quot;'],
  ['escaped for HTML by a number', 'CANARY!key(1)*~&#x27;x&lt;&amp;&quot;'],
  ['in base64', Buffer.from(KEY).toString('base64')],
  ['in base64url', Buffer.from(KEY).toString('base64url')],
  ['in hexadecimal', Buffer.from(KEY).toString('hex')],
  ['in JSON', JSON.stringify(KEY).slice(1, -1)],
])('a credential is masked %s', (_form, written) => {
  const mask = new Mask({ key: KEY }, []);
  expect(mask.text(`before ${written} after`)).toBe('before ••• after');
  expect(mask.json({ [written]: [`${written}.`] })).toEqual({ '•••': ['•••.'] });
});

test('the beginning of a credential at the end of a text is known', () => {
  const mask = new Mask({ key: 'secret' }, []);
  expect(['', 'a', 'a s', 'a secre', 'a secret', 'secresec'].map((text) => mask.unfinished(text))).toEqual([
    0, 0, 1, 5, 0, 3,
  ]);
});
