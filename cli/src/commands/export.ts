import { writeFile } from 'node:fs/promises';
import type { CommandContext } from '../context.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { WORKFLOW_SELECTION } from '../__generated__/file-schemas.ts';
import { agentIdsOf, toWorkflowFile, toYaml } from '../files/workflow-file.ts';
import type { GraphClient } from '../graph-client.ts';
import { openSession, whoAmI } from '../session.ts';
import { findWorkflow } from './apply.ts';

/** Writes a workflow as a file that `apply` takes: in YAML, or in JSON where the name of the file says so. */
export async function exportWorkflow(context: CommandContext): Promise<ExitCode> {
  const { options, say, note } = context;
  const [subject = ''] = context.subjects;
  const client = await openSession(options, context.env);
  const workflow = (await read(client, subject)) ?? (await readNamed(client, subject));
  if (!workflow) throw new CommandFailure(`There is no workflow "${subject}" that you may see.`, EXIT.refused);
  const names = await namesOf(client, agentIdsOf(workflow['steps']));
  const file = toWorkflowFile(workflow, (id) => names.get(id) ?? null);
  const text = options.output?.endsWith('.json') ? `${JSON.stringify(file, null, 2)}\n` : toYaml(file);
  if (options.output === null) {
    say(text.trimEnd());
    return EXIT.done;
  }
  await writeFile(options.output, text).catch((error: Error) => {
    throw new CommandFailure(`${options.output} cannot be written: ${error.message}`, EXIT.usage);
  });
  note(`Written to ${options.output}.`);
  return EXIT.done;
}

type Fields = Readonly<Record<string, unknown>>;

async function read(client: GraphClient, id: string): Promise<Fields | null> {
  const { workflow } = await client.request<{ workflow: Fields | null }>(
    `query Export($id: ID!) { workflow(id: $id) { ${WORKFLOW_SELECTION} } }`,
    { id },
  );
  return workflow;
}

async function readNamed(client: GraphClient, name: string): Promise<Fields | null> {
  const found = (await findWorkflow(client, name, await whoAmI(client))) ?? (await findWorkflow(client, name, null));
  return found && read(client, found.id);
}

/** Of the agents that may be seen; steps of others keep their id. */
async function namesOf(client: GraphClient, ids: readonly string[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const id of ids) {
    const { agent } = await client.request<{ agent: { name: string } | null }>(
      'query NameOf($id: ID!) { agent(id: $id) { name } }',
      { id },
    );
    if (agent) names.set(id, agent.name);
  }
  return names;
}
