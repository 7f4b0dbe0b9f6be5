import type { AddressRules } from '@flowmesh/platform/http';
import { keptSecret, type Destination } from '@flowmesh/platform/secrets';
import { z } from 'zod';
import { problemsBelow, secret, type CheckSettings, type Settings } from './provider-settings.ts';
import { sender } from './sender.ts';

export type SmtpSecurity = 'TLS' | 'STARTTLS' | 'OPPORTUNISTIC';

export interface SmtpSettingsInput {
  readonly host: string;
  readonly port?: number | null;
  readonly security?: SmtpSecurity | null;
  readonly username?: string | null;
  readonly password?: string | null;
  readonly from: string;
  readonly replyTo?: string | null;
}

const PORTS = { TLS: 465, STARTTLS: 587, OPPORTUNISTIC: 25 } as const;
const HOST = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?|\[[0-9a-f:.]+\])$/i;

const shape = (rules: AddressRules) =>
  z.object({
    host: z
      .string()
      .max(253, 'must have at most 253 characters')
      .check((context) => {
        const { value } = context;
        const message = HOST.test(value) ? rules.problemOf(`http://${value}/`) : 'must be the name of a host';
        if (message) context.issues.push({ code: 'custom', input: undefined, message });
      }),
    port: z.int('must be 1 to 65,535').min(1, 'must be 1 to 65,535').max(65_535, 'must be 1 to 65,535').nullish(),
    security: z.enum(['TLS', 'STARTTLS', 'OPPORTUNISTIC']).nullish(),
    username: secret().nullish(),
    // Passwords of mailboxes may hold spaces and letters of any script.
    password: z
      .string()
      .regex(/^[^\p{Cc}]{1,1000}$/u, 'must be 1 to 1,000 characters of one line')
      .nullish(),
    ...sender,
  });

/** A weaker connection is another place too: others can read there what is sent. */
const destinationOf = ({ host, port, security, username }: Settings): Destination => [
  String(host).toLowerCase(),
  Number(port),
  String(security),
  typeof username === 'string' ? username : null,
];

export const createSmtpCheck =
  (rules: AddressRules): CheckSettings<SmtpSettingsInput> =>
  (input, previous) => {
    const { data, error } = shape(rules).safeParse(input);
    const security = input.security ?? 'STARTTLS';
    const config = {
      host: input.host,
      port: input.port ?? PORTS[security],
      security,
      username: input.username ?? null,
      from: input.from,
      replyTo: input.replyTo ?? null,
    };
    const password = keptSecret({
      given: input.password,
      before: previous?.secrets['password'],
      from: previous && destinationOf(previous.config),
      to: destinationOf(config),
    });
    const problems = [
      ...problemsBelow('smtp', error),
      ...(password.problem === null ? [] : [{ path: 'smtp.password', message: password.problem }]),
      ...(password.value !== undefined && config.username === null
        ? [{ path: 'smtp.username', message: 'is required with a password' }]
        : []),
      ...(password.value === undefined && password.problem === null && config.username !== null
        ? [{ path: 'smtp.password', message: 'is required with a user name' }]
        : []),
    ];
    return {
      problems,
      config: data ? config : {},
      secrets: password.value === undefined ? {} : { password: password.value },
    };
  };
