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
          'Exceptions to the rule that agents, webhooks and integrations cannot call addresses inside your network: addresses, ranges or host names, e.g. of a model server: `127.0.0.1/32,10.1.0.0/16,models.internal`.',
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
        'What happens to the work of a suspended person: it waits until the person is reactivated (`pause`), or is cancelled for good (`cancel`). Must be the same in all processes.',
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
        'Days for which executions of agents and workflows are kept after they ended, with their steps, results and idempotency keys, and for which calls and received webhooks of integrations are kept. The counts of workflows, such as `executionCount`, are always kept.',
    }),
  },
  toConfig: (values) => ({ executionRetentionDays: values.EXECUTION_RETENTION_DAYS }),
});
