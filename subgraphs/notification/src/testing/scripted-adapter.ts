import type {
  Channel,
  ChannelAdapter,
  DeliveryFailure,
  OutgoingMessage,
  SendOptions,
  SendResult,
} from '../adapters/channel-adapter.ts';

export type Answer = SendResult | DeliveryFailure;

export const DELIVERED: SendResult = { providerMessageId: null, delivered: true, response: 'HTTP 204' };

/** A provider that answers as a test says; it keeps what it was given. The engine around it is the real one. */
export class ScriptedAdapter implements ChannelAdapter {
  readonly messages: OutgoingMessage[] = [];
  /** Messages under way at the same time, at most. */
  mostAtOnce = 0;
  private underWay = 0;

  constructor(
    readonly channel: Channel,
    readonly provider: string,
    private readonly answer: (message: OutgoingMessage, options: SendOptions) => Answer | Promise<Answer> = () =>
      DELIVERED,
  ) {}

  async send(message: OutgoingMessage, _settings: unknown, options: SendOptions): Promise<SendResult> {
    this.messages.push(message);
    this.underWay += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.underWay);
    try {
      const answer = await this.answer(message, options);
      if (answer instanceof Error) throw answer;
      return answer;
    } finally {
      this.underWay -= 1;
    }
  }

  /** To one recipient, in order. */
  to(recipient: string): OutgoingMessage[] {
    return this.messages.filter((message) => message.recipient === recipient);
  }
}
