import { hasFallback, type StandIn } from './integration-use.ts';

const provider = (id: string, recipients: readonly string[] = [], isActive = true): StandIn => ({
  ...{ id, name: id, provider: 'INTEGRATION', integrationId: id, isActive, settings: { recipients } },
});
const takes = ({ settings }: StandIn, recipient: string) =>
  ((settings?.['recipients'] ?? []) as readonly string[]).includes(recipient);

test.each([
  ['nobody is behind', [], false],
  ['those behind take none of its names', [provider('a')], false],
  ['one behind takes only some of them', [provider('a', ['ops'])], false],
  ['those behind take all of them together', [provider('a', ['ops']), provider('b', ['sales'])], true],
  ['the one that takes them is switched off', [provider('a', ['ops', 'sales'], false), provider('b')], false],
])('a provider with named recipients is covered only when each can be reached: %s', (_case, behind, covered) => {
  expect(hasFallback(provider('it', ['ops', 'sales']), behind, takes)).toBe(covered);
});

test('one that sends to any address needs somebody behind it, and one that is switched off nobody', () => {
  expect(hasFallback(provider('it'), [provider('a')], takes)).toBe(true);
  expect(hasFallback(provider('it'), [], takes)).toBe(false);
  expect(hasFallback(provider('it', ['ops'], false), [], takes)).toBe(true);
});
