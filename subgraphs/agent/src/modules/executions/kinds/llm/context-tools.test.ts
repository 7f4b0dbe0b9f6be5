import type { AgentContext } from '../../contexts/agent-context.ts';
import { ToolFailure } from './agent-tool.ts';
import { contextTools } from './context-tools.ts';

const context = { isWritable: () => Promise.resolve(true), value: () => Promise.resolve({ a: 1 }) };

async function answer(name: string, input: unknown): Promise<unknown> {
  const tools = await contextTools(context as unknown as AgentContext);
  const tool = tools.find((each) => each.name === name)!;
  return tool.run(input, { key: 'k', signal: new AbortController().signal }).catch((error: unknown) => error);
}

test.each([
  ['read_context', null, 'The input must be an object.'],
  ['read_context', [], 'The input must be an object.'],
  ['read_context', { path: 7 }, '`path` must be a text.'],
  ['read_context', { path: '/b' }, 'There is nothing at /b.'],
  ['write_context', null, 'The input must be an object.'],
  ['write_context', { notes: null }, '`notes` must be an object.'],
])('the tool %s tells the model what is wrong with %j', async (name, input, message) => {
  const failure = await answer(name, input);
  expect(failure).toBeInstanceOf(ToolFailure);
  expect(failure).toMatchObject({ message });
});

test('the tool read_context answers with a part of the context', async () => {
  expect(await answer('read_context', { path: '/a' })).toEqual({ value: 1 });
});
