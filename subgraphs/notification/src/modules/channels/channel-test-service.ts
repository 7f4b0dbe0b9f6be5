import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { invalidInput, notFound, parseInput } from '@flowmesh/platform/validation';
import { DeliveryFailure, type ChannelAdapter } from '../../adapters/channel-adapter.ts';
import { testFailed } from './channel-failures.ts';
import { testShape, type TestNotificationChannelInput } from './channel-input.ts';
import type { ChannelStore } from './channel-store.ts';

const DEADLINE_MS = 15_000;
const CONTENT = 'This is a test. Whoever reads it knows that the channel works.';

/** Sends one message at once, bypassing the queue, to test a provider. */
export class ChannelTestService {
  constructor(
    private readonly store: ChannelStore,
    /** By provider. */
    private readonly adapters: ReadonlyMap<string, ChannelAdapter>,
  ) {}

  async test(viewer: Viewer, input: TestNotificationChannelInput, signal: AbortSignal) {
    const parsed = parseInput(testShape, input);
    if (!parsed.ok) return parsed.error;
    const { provider: name, recipient: given, subject, content } = parsed.data;
    const { channel } = input;
    if (channel === 'IN_APP') {
      return invalidInput([
        { path: 'channel', message: 'must not be IN_APP: send a notification to yourself instead' },
      ]);
    }
    const providers = (await this.store.all()).filter((known) => known.channel === channel);
    const provider = name == null ? providers.find(({ isActive }) => isActive) : providers.find((p) => p.name === name);
    const adapter = this.adapters.get(provider?.provider ?? '');
    if (!provider || !adapter) return notFound(`${channel} has no such provider.`);
    const settings = provider.settings ?? {};
    const checked = adapter.checkRecipient?.(given, settings) ?? { recipient: given };
    if ('problem' in checked) return invalidInput([{ path: 'recipient', message: checked.problem }]);
    const begun = performance.now();
    const duration = () => Math.round(performance.now() - begun);
    try {
      const message = {
        notificationId: newId(),
        attempt: 1,
        channel,
        userId: signedIn(viewer).userId,
        recipient: checked.recipient,
        subject: subject ?? null,
        text: content ?? CONTENT,
        html: null,
        attachments: [],
        metadata: {},
        createdAt: new Date(),
      };
      const taken = await adapter.send(message, settings, { signal, deadlineMs: DEADLINE_MS });
      return { __typename: 'TestNotificationChannelSuccess' as const, provider, ...taken, durationMs: duration() };
    } catch (error) {
      if (!(error instanceof DeliveryFailure)) throw error;
      return testFailed(provider, error, duration());
    }
  }
}
