import { ServiceAwayError, type Services } from '@flowmesh/platform/services';
import type { ProviderRecord } from './channel-record.ts';
import { channelStatus } from './channel-status.ts';
import { integrationProblems } from './integration-problems.ts';

const provider = (integrationId: string | null, operation = 'send') =>
  ({ id: `p-${integrationId}`, integrationId, isActive: true, settings: { operation } }) as unknown as ProviderRecord;

const INTEGRATIONS: Readonly<Record<string, unknown>> = {
  well: { status: 'ACTIVE', operations: [{ name: 'send' }] },
  off: { status: 'INACTIVE', operations: [{ name: 'send' }] },
};

/** The integration service, as it answers by the id that each alias asks for. */
const services = (answers: () => void = () => undefined): Services => ({
  get: () => ({
    name: 'integration',
    ask: <T>({ variables = {} }: { variables?: Record<string, unknown> | null }) => {
      answers();
      const asked = Object.entries(variables ?? {});
      return Promise.resolve(
        Object.fromEntries(asked.map(([name, id]) => [name, INTEGRATIONS[String(id)] ?? null])) as T,
      );
    },
  }),
});

const ALL = [provider('well'), provider('gone'), provider('off'), provider('well', 'notify'), provider(null)];

test('an integration that is gone, switched off or lacks the operation is told', async () => {
  expect(await integrationProblems(services(), ALL)).toEqual([
    null,
    'Its integration is gone.',
    'Its integration is switched off.',
    'Its integration does not have the operation notify any more.',
    null,
  ]);
});

test('while the integration service does not answer nothing is known, and without integrations it is not asked', async () => {
  const away = services(() => {
    throw new ServiceAwayError('integration', false);
  });
  expect(await integrationProblems(away, ALL)).toEqual([null, null, null, null, null]);
  const refusing = services(() => {
    throw new Error('asked');
  });
  expect(await integrationProblems(refusing, [provider(null)])).toEqual([null]);
});

test('a channel is degraded by one provider that cannot be used, and down when there is no other', () => {
  const [well, gone] = [provider('well'), provider('gone')];
  const status = (...providers: ProviderRecord[]) =>
    channelStatus(providers, {
      healthOf: () => undefined,
      circuitOf: () => undefined,
      isUsable: (each) => each !== gone,
    });
  expect([status(well), status(gone, well), status(gone)]).toEqual(['OPERATIONAL', 'DEGRADED', 'DOWN']);
});
