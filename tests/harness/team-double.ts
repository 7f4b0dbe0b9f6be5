import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import { PRESETS } from '../../subgraphs/agent/src/modules/presets/presets.ts';
import { answerChat } from './chat-double.ts';
import { agentStepsOf, TEAMS } from './team-reference.ts';

type Json = Record<string, unknown>;

/** What a model was asked by a step of a team. */
export interface TeamCall {
  readonly stepId: string;
  readonly preset: string;
  readonly input: Json;
  /** Schema of the answer, as the request states it. */
  readonly schema: Json;
  readonly model: string;
  readonly authorization: string | undefined;
}

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string | { readonly text: string }[] }[];
  readonly response_format?: { readonly json_schema: { readonly schema: Json } };
}

/** The step of a task: no two steps of the teams have the same. */
const STEPS = new Map(
  TEAMS.flatMap((team) =>
    agentStepsOf(team).map(({ id, config }) => {
      const [, task] = /^ {2}"task": (".*"),$/m.exec(String(config!['input']))!;
      return [JSON.parse(task!) as string, id] as const;
    }),
  ),
);

const textOf = (content: ChatRequest['messages'][number]['content']) =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('');

function readCall(body: string, authorization: string | undefined): TeamCall {
  const { model, messages, response_format: format } = JSON.parse(body) as ChatRequest;
  const system = textOf(messages[0]!.content);
  const input = JSON.parse(textOf(messages.at(-1)!.content)) as Json;
  return {
    stepId: STEPS.get(String(input['task']))!,
    preset: PRESETS.find(({ systemPrompt }) => system.startsWith(systemPrompt))!.name,
    ...{ input, schema: format!.json_schema.schema, model, authorization },
  };
}

/** An OpenAI-compatible model that plays all roles: it answers with a value, or a number as the status of a refusal. */
export async function startTeamDouble(answer: (call: TeamCall) => Json | number) {
  const calls: TeamCall[] = [];
  const double = await HttpDouble.start((call, response) => {
    const asked = readCall(call.body, call.headers.authorization);
    calls.push(asked);
    const answered = answer(asked);
    if (typeof answered === 'number') sendJson(response, { error: { message: 'not now' } }, answered);
    else answerChat(response, JSON.stringify(answered).match(/[^]{1,200}/g) ?? []);
  });
  return { url: double.url, calls, stop: () => double.stop() };
}
