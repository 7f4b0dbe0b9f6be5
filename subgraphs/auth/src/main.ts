import { runSubgraphProcess } from '@flowmesh/platform/server';
import { settings } from './settings.ts';
import { createSubgraph } from './subgraph.ts';

await runSubgraphProcess({
  name: 'auth',
  settings,
  createSubgraph,
  onStarted: ({ firstAdministrator }) => {
    // Not through the log, which must not contain passwords.
    if (firstAdministrator?.generated) {
      const { email, password } = firstAdministrator;
      process.stdout.write(
        `The first administrator's password, shown this once and good for 24 hours: ${email}, ${password}\n`,
      );
    }
  },
});
