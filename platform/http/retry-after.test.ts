import { retryAfterMs } from './index.ts';

const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

test.each([
  [null, undefined],
  ['', undefined],
  ['soon', undefined],
  ['0', 0],
  [' 120 ', 120_000],
  ['Wed, 21 Oct 2026 07:30:00 GMT', 120_000],
  ['Wed, 21 Oct 2026 07:00:00 GMT', 0],
])('Retry-After %p means %p ms', (header, wait) => expect(retryAfterMs(header, now)).toBe(wait));
