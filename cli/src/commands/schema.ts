import type { CommandContext } from '../context.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { FILE_SCHEMAS } from '../__generated__/file-schemas.ts';

/** Prints the JSON Schema of files, for editors. */
export async function schema({ subjects, say }: CommandContext): Promise<ExitCode> {
  const [kind = ''] = subjects;
  if (kind !== 'workflow' && kind !== 'agent')
    throw new CommandFailure('There are schemas of workflow and agent.', EXIT.usage);
  say(JSON.stringify(FILE_SCHEMAS[kind], null, 2));
  return EXIT.done;
}
