import { HttpDouble } from '@flowmesh/platform/testing';
import { executeAgent, registerAgent, FAST } from './fixtures.ts';
import type { GraphClient } from './graph.ts';
import { unique } from './users.ts';

const doubles: HttpDouble[] = [];

/** A server of models on this machine. */
export async function modelServer(...answer: Parameters<typeof HttpDouble.start>): Promise<HttpDouble> {
  const started = await HttpDouble.start(...answer);
  doubles.push(started);
  return started;
}

export const stopModelServers = () => Promise.all(doubles.map((double) => double.stop()));

/** Registers an LLM agent whose model is there; `more` is put over the agent, `llm` over its settings. */
export const llmAgent = (
  graph: GraphClient,
  url: string,
  { llm = {}, ...more }: { readonly llm?: object; readonly [name: string]: unknown } = {},
): Promise<string> =>
  registerAgent(graph, {
    name: unique('llm'),
    type: 'Model',
    kind: 'LLM',
    llm: {
      baseUrl: `${url}/v1`,
      model: 'double-1',
      apiKey: 'sk-test-12345678',
      systemPrompt: 'You are brief.',
      ...llm,
    },
    ...FAST,
    ...more,
  });

/** Executes an agent and waits for the end. */
export const execute = (graph: GraphClient, agentId: string, more: object = {}) =>
  executeAgent(graph, agentId, { input: 'Go', wait: true, ...more });

export interface ShownCall {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly attempt: number;
  readonly input: unknown;
  readonly inputCut: boolean;
  readonly output: unknown;
  readonly outputCut: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly usage: { readonly totalTokens: number; readonly costUsd: number | null } | null;
  readonly latencyMs: number | null;
}

const CALLS = `query Calls($id: ID!, $filter: AgentCallFilter) {
  agentExecution(id: $id) {
    calls(filter: $filter, first: 100) {
      totalCount
      nodes {
        kind name status attempt input inputCut output outputCut error { code message } usage { totalTokens costUsd } latencyMs
      }
    }
  }
}`;

/** The calls of an execution, the oldest first. */
export async function callsOf(graph: GraphClient, id: string, filter?: object): Promise<readonly ShownCall[]> {
  const data = await graph.query<{ agentExecution: { calls: { nodes: ShownCall[] } } }>(CALLS, { id, filter });
  return data.agentExecution.calls.nodes;
}

/** What tools answered, as the model was told in its last call. */
export const toolResults = (model: HttpDouble): unknown[] =>
  (JSON.parse(model.calls.at(-1)!.body) as { messages: { role: string; content: string }[] }).messages
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => (content.startsWith('{') ? (JSON.parse(content) as unknown) : content));

/** Creates a context with one layer, or none, and gives its id. */
export async function createContext(graph: GraphClient, data: object): Promise<string> {
  const layers = Object.keys(data).length > 0 ? [{ layerType: 'base', data }] : [];
  const { context } = await graph.mutate<{ context: { id: string } }>(
    `mutation Create($input: CreateContextInput!) {
      createContext(input: $input) { __typename ... on CreateContextSuccess { context { id } } }
    }`,
    { input: { name: unique('context'), type: 'case', layers } },
  );
  return context.id;
}
