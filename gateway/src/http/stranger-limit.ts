import type { Viewer } from '@flowmesh/platform/access';
import type { GatewayLimits } from '../gateway-config.ts';

/** Whether a body or message is too large for who has sent it, before anything is made of it. */
export const isTooLargeFor = (viewer: Viewer | undefined, bytes: Buffer, { strangerBytes }: GatewayLimits): boolean =>
  (viewer === undefined || viewer.kind === 'anonymous') && bytes.length > strangerBytes;

export const tooLargeForStrangers = ({ strangerBytes }: GatewayLimits): string =>
  `Who is not signed in may send at most ${strangerBytes.toLocaleString('en')} bytes at once.`;
