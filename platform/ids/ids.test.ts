import { isId, newId } from './index.ts';

test('new ids have the shape of one', () => {
  expect(Array.from({ length: 100 }, newId).every(isId)).toBe(true);
});

test.each([
  '',
  'x',
  'service:context',
  '01939b1e-5f4a-4b6c-8d2e-3f4a5b6c7d8e',
  '01939B1E-5F4A-7B6C-8D2E-3F4A5B6C7D8E',
  ' 01939b1e-5f4a-7b6c-8d2e-3f4a5b6c7d8e',
  '01939b1e-5f4a-7b6c-8d2e-3f4a5b6c7d8e\n',
  '01939b1e5f4a7b6c8d2e3f4a5b6c7d8e',
])('%j has not', (text) => {
  expect(isId(text)).toBe(false);
});
