import type { AgentContext } from '../contexts/agent-context.ts';
import { toolsOf } from './llm-context.ts';

const context = { isWritable: () => Promise.resolve(true), value: () => Promise.resolve({ a: 1 }) };

test.each([
  ['read_context', null, { error: 'The input must be an object.' }],
  ['read_context', [], { error: 'The input must be an object.' }],
  ['read_context', { path: 7 }, { error: '`path` must be a text.' }],
  ['read_context', { path: '/a' }, { value: 1 }],
  ['write_context', null, { error: 'The input must be an object.' }],
  ['write_context', { notes: null }, { error: '`notes` must be an object.' }],
])('the tool %s answers %j as a model can read it', async (name, input, answer) => {
  const tools = await toolsOf(context as unknown as AgentContext);
  expect(await tools[name]?.execute?.(input, { toolCallId: '1', messages: [] })).toEqual(answer);
});
