/** What every e-mail provider is told besides its own settings. */
export interface SenderSettings {
  /** `Flowmesh <hello@example.com>`. */
  readonly from: string;
  readonly replyTo: string | null;
}

export interface SmtpSettings extends SenderSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte, STARTTLS or nothing, or STARTTLS when the server offers it. */
  readonly security: 'TLS' | 'STARTTLS' | 'OPPORTUNISTIC';
  readonly username: string | null;
  readonly password?: string;
}

export interface SendgridSettings extends SenderSettings {
  readonly baseUrl: string;
  readonly apiKey: string;
}

export interface MailgunSettings extends SenderSettings {
  readonly baseUrl: string;
  readonly domain: string;
  readonly apiKey: string;
}
