import { isSignedByTwilio, smsReport } from '../../adapters/sms/status-callback.ts';
import type { Providers } from '../delivery/providers.ts';
import type { ReceiptStore } from '../delivery/receipt-store.ts';

export interface ReceiptServiceParts {
  readonly store: ReceiptStore;
  readonly providers: Providers;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** A report as it arrives. */
export interface TwilioCallback {
  /** The whole address it was sent to. */
  readonly url: string;
  readonly signature: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

const TWILIO = 'TWILIO';
const MESSAGE_SID = /^(SM|MM)[0-9a-f]{32}$/i;

/** What providers tell later about messages they have taken. */
export class ReceiptService {
  constructor(private readonly parts: ReceiptServiceParts) {}

  /** Believes what an account of ours has signed. False for everything else. */
  async twilio({ url, signature, fields }: TwilioCallback): Promise<boolean> {
    if (!(await this.isSigned(url, signature, fields))) return false;
    const report = smsReport(fields);
    const providerMessageId = fields['MessageSid'] ?? '';
    if (!report || !MESSAGE_SID.test(providerMessageId)) return true;
    const isFailure = report.status === 'FAILED';
    const changed = await this.parts.store.record({
      provider: TWILIO,
      providerMessageId,
      error: isFailure ? { code: report.code, message: report.message, retryable: false } : null,
      disablesRecipient: isFailure && report.disablesRecipient,
    });
    if (changed) this.parts.published();
    return true;
  }

  private async isSigned(
    url: string,
    signature: string | undefined,
    fields: Readonly<Record<string, string>>,
  ): Promise<boolean> {
    for (const { provider, settings } of await this.parts.providers.of('SMS')) {
      const { accountSid, authToken } = settings as { readonly accountSid?: unknown; readonly authToken?: unknown };
      const isOurs = provider === TWILIO && accountSid === fields['AccountSid'] && typeof authToken === 'string';
      if (isOurs && (await isSignedByTwilio(authToken, signature, url, fields))) return true;
    }
    return false;
  }
}
