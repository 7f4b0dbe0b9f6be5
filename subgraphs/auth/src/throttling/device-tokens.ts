import { newId } from '@flowmesh/platform/ids';
import { SecretError, type SecretBox } from '@flowmesh/platform/secrets';
import { z } from 'zod';

/** A device from which a user has signed in. */
export interface Device {
  readonly id: string;
  readonly userId: string;
}

const CONTEXT = 'device-token';
const LIFETIME_MS = 180 * 86_400_000;
const MAX_LENGTH = 512;

const contents = z.object({ id: z.string(), userId: z.string(), until: z.number() });

/**
 * Tokens that `login` returns to a device and that the device sends with the next `login`. They give no access; they
 * only prevent that guesses of others lock out the device. Encrypted instead of stored, and valid for 180 days.
 */
export class DeviceTokens {
  constructor(private readonly secrets: SecretBox) {}

  /** A token for this device of the user; `null` for a new device. */
  issue(userId: string, deviceId: string | null): string {
    const device = { id: deviceId ?? newId(), userId, until: Date.now() + LIFETIME_MS };
    return this.secrets.seal(JSON.stringify(device), CONTEXT);
  }

  /** Null for a token that is not ours or has expired. */
  read(token: string | null | undefined): Device | null {
    if (!token || token.length > MAX_LENGTH) return null;
    try {
      const { id, userId, until } = contents.parse(JSON.parse(this.secrets.open(token, CONTEXT)));
      return until > Date.now() ? { id, userId } : null;
    } catch (error) {
      if (error instanceof SecretError) return null;
      throw error;
    }
  }
}
