import type { Channel } from '../channel-adapter.ts';

/** Which type of integration carries which channel. */
export const INTEGRATION_TYPES = { EMAIL: 'EMAIL', SLACK: 'SLACK', WEBHOOK: 'HTTP' } as const satisfies Partial<
  Record<Channel, string>
>;

/** What a provider keeps of the integration that it sends through: no credentials, they stay with the integration. */
export interface IntegrationSettings {
  readonly integrationId: string;
  readonly type: 'EMAIL' | 'SLACK' | 'HTTP';
  readonly operation: string;
  /** What notifications may give as their recipient; none for e-mail, which goes to addresses. */
  readonly recipients: readonly string[];
  /** The recipient is the channel of Slack that a bot writes into. */
  readonly namesChannels: boolean;
  /** Fields of a message that the operation takes; all when null. */
  readonly fields: readonly string[] | null;
}
