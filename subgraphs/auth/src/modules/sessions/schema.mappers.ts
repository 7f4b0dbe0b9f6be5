import type { Connection } from '@flowmesh/platform/connections';
import type { Device } from './device.ts';
import type { SessionView } from './session-record.ts';
import type { TokenState } from './token-service.ts';

export type SessionMapper = SessionView;
export type SessionConnectionMapper = Connection<SessionMapper>;
export type DeviceMapper = Device;
export type TokenStateMapper = TokenState;
