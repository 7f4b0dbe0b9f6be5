import Bowser from 'bowser';

export type DeviceKind = 'DESKTOP' | 'MOBILE' | 'TABLET' | 'OTHER';

/** The device that a user agent names. */
export interface Device {
  /** For display, e.g. `Safari on macOS`. */
  readonly name: string;
  readonly kind: DeviceKind;
  readonly browser: string | null;
  readonly os: string | null;
}

const KINDS: Readonly<Record<string, DeviceKind>> = { desktop: 'DESKTOP', mobile: 'MOBILE', tablet: 'TABLET' };
const UNKNOWN: Device = { name: 'Unknown device', kind: 'OTHER', browser: null, os: null };

/** Programs name themselves before the first `/`, e.g. `curl/8.5.0`. */
const PROGRAM = /^([A-Za-z][\w.-]{0,39})(?:\/|$)/;

/** Reads the device out of a `user-agent` header. It proves nothing, but helps users to tell their sessions apart. */
export function deviceOf(userAgent: string | null): Device {
  if (!userAgent) return UNKNOWN;
  const { browser, os, platform } = Bowser.parse(userAgent);
  if (!browser.name) {
    const program = PROGRAM.exec(userAgent)?.[1];
    return program ? { ...UNKNOWN, name: program } : UNKNOWN;
  }
  return {
    name: os.name ? `${browser.name} on ${os.name}` : browser.name,
    kind: KINDS[platform.type ?? ''] ?? 'OTHER',
    browser: [browser.name, browser.version].filter(Boolean).join(' '),
    os: os.name ? [os.name, os.version].filter(Boolean).join(' ') : null,
  };
}
