import { newId } from '@flowmesh/platform/ids';
import { SecretError, type SecretBox } from '@flowmesh/platform/secrets';
import { z } from 'zod';

/** A device somebody has signed in from. */
export interface Device {
  readonly id: string;
  readonly userId: string;
}

const CONTEXT = 'device-token';
const LIFETIME_MS = 180 * 86_400_000;
const MAX_LENGTH = 512;

const contents = z.object({ id: z.string(), userId: z.string(), until: z.number() });

/**
 * Tokens that `login` gives to a device and gets back from it the next time. They open nothing: whoever has one is not
 * locked out by the guesses of others. Sealed rather than stored, and good for 180 days.
 */
export class DeviceTokens {
  constructor(private readonly secrets: SecretBox) {}

  /** A token for the device of this user; for a new one when it was not known. */
  issue(userId: string, deviceId: string | null): string {
    const device = { id: deviceId ?? newId(), userId, until: Date.now() + LIFETIME_MS };
    return this.secrets.seal(JSON.stringify(device), CONTEXT);
  }

  /** Null for what is no token of ours, or too old. */
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
