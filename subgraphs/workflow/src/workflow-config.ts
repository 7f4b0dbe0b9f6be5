import { setting, settingsGroup, wholeNumber } from '@flowmesh/platform/config';

export interface WorkflowConfig {
  /** How long a step waits when another service of the product does not answer, before it fails. */
  readonly serviceWaitSeconds: number;
}

/** What workflow alone reads. */
export const workflowSettings = settingsGroup({
  name: 'workflow',
  title: 'Executions',
  settings: {
    SERVICE_WAIT_SECONDS: setting(wholeNumber(1, 86_400), {
      default: '900',
      meaning:
        'Seconds for which a step of a workflow waits when another service of the product does not answer; after that the step fails ([when parts fail](reference/failures.md)).',
    }),
  },
  toConfig: (values): WorkflowConfig => ({ serviceWaitSeconds: values.SERVICE_WAIT_SECONDS }),
});
