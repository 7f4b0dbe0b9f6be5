import type { SecretBox } from '@flowmesh/platform/secrets';

export type Credentials = Readonly<Record<string, string>>;

/** Keeps the credentials of an integration as one sealed text that opens for this integration only. */
export class IntegrationSecrets {
  constructor(private readonly box: SecretBox) {}

  /** Null when there are none. */
  seal(integrationId: string, credentials: Credentials): string | null {
    if (Object.keys(credentials).length === 0) return null;
    return this.box.seal(JSON.stringify(credentials), `integration:${integrationId}`);
  }

  open(integrationId: string, sealed: string | null): Credentials {
    return sealed === null ? {} : (JSON.parse(this.box.open(sealed, `integration:${integrationId}`)) as Credentials);
  }
}
