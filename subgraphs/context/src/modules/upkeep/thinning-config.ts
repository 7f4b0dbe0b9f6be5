import { setting, settingsGroup, wholeNumber } from '@flowmesh/platform/config';

/** How long the history of contexts is kept as a whole. */
export const thinningSettings = settingsGroup({
  name: 'context-versions',
  title: 'Contexts',
  settings: {
    CONTEXT_VERSION_RETENTION_DAYS: setting(wholeNumber(1, 36_500), {
      default: '90',
      meaning:
        'Days for which every version of a context is kept. Of each day (UTC) before that, the last version is kept, and those that executions of workflows and agents have read or written; the others are removed with the data of layers that no kept version has. Versions that were made before there was this setting stay.',
    }),
  },
  toConfig: (values) => ({ keepAllDays: values.CONTEXT_VERSION_RETENTION_DAYS }),
});
