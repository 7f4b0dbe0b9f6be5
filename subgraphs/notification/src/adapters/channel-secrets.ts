import type { SecretBox } from '@flowmesh/platform/secrets';
import type { ChannelSettings } from './channel-adapter.ts';

/** Keeps the settings of a provider as one sealed text that opens for this provider only. */
export class ChannelSecrets {
  constructor(private readonly box: SecretBox) {}

  seal(channelConfigId: string, settings: ChannelSettings): string {
    return this.box.seal(JSON.stringify(settings), `channel-config:${channelConfigId}`);
  }

  open(channelConfigId: string, sealed: string | null): ChannelSettings {
    if (sealed === null) return {};
    return JSON.parse(this.box.open(sealed, `channel-config:${channelConfigId}`)) as ChannelSettings;
  }
}
