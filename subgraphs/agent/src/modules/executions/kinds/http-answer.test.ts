import { readJsonAnswer } from './http-answer.ts';

const read = async (usage: object) => (await readJsonAnswer(Response.json({ output: 1, usage }))).usage;

test('what an agent says that it has used is stored as far as it can be', async () => {
  expect(await read({ inputTokens: 1.5, outputTokens: 3e9 })).toEqual({
    inputTokens: 2,
    outputTokens: 2_147_483_647,
    totalTokens: 2_147_483_647,
    costUsd: null,
  });
  expect(await read({ inputTokens: -1, outputTokens: 3 })).toBeUndefined();
});
