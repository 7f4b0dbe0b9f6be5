import { isAddressRange, listOf, oneOf, wholeNumber } from './setting-types.ts';
import { setting } from './setting.ts';
import { settingsGroup } from './settings-group.ts';

// What several domains read, and not all of them: each says so in its settings.ts.

/** Letters in the last label: what ends in a number is a mistyped address, not a name. */
const HOST_NAME =
  /^(?=.{1,253}$)([a-z\d]([a-z\d_-]{0,61}[a-z\d])?\.)*(?=[a-z\d_-]*[a-z])[a-z\d]([a-z\d_-]{0,61}[a-z\d])?$/;

/** What is meant as an answer to whether all of them are allowed, and would be taken for a host. */
const NO_NAMES: ReadonlySet<string> = new Set('true false yes no on off all any none'.split(' '));

/** Of domains that call addresses which users give. */
export const networkSettings = settingsGroup({
  name: 'network',
  title: 'Calls to addresses that users give',
  settings: {
    ALLOW_PRIVATE_ADDRESSES: setting(
      // Names are compared in lower case.
      listOf(
        (entry) => isAddressRange(entry) || (HOST_NAME.test(entry) && !NO_NAMES.has(entry)),
        'addresses or ranges separated by commas, e.g. 10.1.0.0/16, or names of hosts, e.g. models.internal',
        { lowerCase: true },
      ),
      {
        otherwise: 'none',
        meaning:
          'Addresses, ranges or names of hosts inside your network that agents, webhooks and the like may reach all the same, e.g. a model server: `127.0.0.1/32,10.1.0.0/16,models.internal`.',
      },
    ),
  },
  toConfig: (values) => ({ allowPrivateAddresses: values.ALLOW_PRIVATE_ADDRESSES ?? [] }),
});

/** Of domains whose work ends, or waits, when the person is suspended who has begun it. */
export const suspensionSettings = settingsGroup({
  name: 'suspensions',
  title: 'Executions',
  settings: {
    SUSPENDED_WORK: setting(oneOf('pause', 'cancel'), {
      default: 'pause',
      meaning:
        'What becomes of work that a person has begun who is suspended: it waits until they are reactivated (`pause`), or ends for good (`cancel`). The same in all processes.',
    }),
  },
  toConfig: (values) => ({ suspendedWork: values.SUSPENDED_WORK }),
});

/** Of domains that keep executions. */
export const retentionSettings = settingsGroup({
  name: 'executions',
  title: 'Executions',
  settings: {
    EXECUTION_RETENTION_DAYS: setting(wholeNumber(1, 36_500), {
      default: '90',
      meaning:
        'Days that executions of agents and workflows are kept after their end, with their steps, results and idempotency keys. The counts of agents and workflows stay.',
    }),
  },
  toConfig: (values) => ({ executionRetentionDays: values.EXECUTION_RETENTION_DAYS }),
});
