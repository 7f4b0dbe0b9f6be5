import type { SecretBox } from '@flowmesh/platform/secrets';
import type { Settings } from './configurations/kind-configuration.ts';

/** Keeps the secrets of an agent as one sealed text that opens for this agent only. */
export class AgentSecrets {
  constructor(private readonly box: SecretBox) {}

  /** Null when there are none. */
  seal(agentId: string, secrets: Settings): string | null {
    return Object.keys(secrets).length === 0 ? null : this.box.seal(JSON.stringify(secrets), `agent:${agentId}`);
  }

  open(agentId: string, sealed: string | null): Settings {
    return sealed === null ? {} : (JSON.parse(this.box.open(sealed, `agent:${agentId}`)) as Settings);
  }
}
