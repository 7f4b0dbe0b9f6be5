import { setting, settingsGroup, wholeNumber } from '@flowmesh/platform/config';

export interface WorkflowConfig {
  /** How long a step waits when another service of the product does not answer, before it fails. */
  readonly serviceWaitSeconds: number;
  /** How long lines of the logs of executions are kept. */
  readonly logRetentionDays: number;
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
    WORKFLOW_LOG_RETENTION_DAYS: setting(wholeNumber(1, 36_500), {
      default: '30',
      meaning:
        'Days for which lines of the logs of workflow executions (`WorkflowExecution.logs`) are kept; they go with their execution, if that is earlier.',
    }),
  },
  toConfig: (values): WorkflowConfig => ({
    serviceWaitSeconds: values.SERVICE_WAIT_SECONDS,
    logRetentionDays: values.WORKFLOW_LOG_RETENTION_DAYS,
  }),
});
