import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { graph } from '../harness/graph.ts';
import { sharedProduct } from '../harness/product.ts';

const product = sharedProduct();
const { anonymous } = graph(product);

const PAGES = [
  ['/account/verify-email', {}],
  ['/account/reset-password', { newPassword: 'a phrase nobody has used yet' }],
] as const;

test.each(PAGES)('%s runs nothing but its own script, and its mutation is one of the graph', async (path, fields) => {
  const answer = await fetch(`${product.url}${path}`);
  const html = await answer.text();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');

  const policy = answer.headers.get('content-security-policy') ?? '';
  const hashes = [...html.matchAll(/<(script|style)>(.*?)<\/\1>/gs)].map(
    ([, tag, text = '']) => `${tag}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  expect(hashes).toHaveLength(2);
  for (const hash of hashes) expect(policy).toContain(hash);

  const mutation = /data-mutation="([^"]+)"/.exec(html)?.[1] ?? '';
  const { result } = (
    await anonymous.ask<{ result: object }>(mutation, { input: { token: 'x'.repeat(43), ...fields } })
  ).data!;
  expect(result).toEqual({ __typename: 'InvalidMailTokenError', message: expect.any(String) });
});

test('the page that sets a password masks it, and lets it be pasted and kept by a password manager', async () => {
  const html = await (await fetch(`${product.url}/account/reset-password`)).text();
  const inputs = html.match(/<input [^>]*>/g);
  expect(inputs).toEqual([
    '<input id="password" name="newPassword" type="password" autocomplete="new-password" required>',
  ]);
  expect(html).not.toMatch(/paste|maxlength|autocomplete="off"/i);
});
