import type { AgentCallResolvers } from '../../../__generated__/graphql.ts';

export const AgentCall: AgentCallResolvers = {
  usage: ({ inputTokens, outputTokens, totalTokens, costUsd }) =>
    totalTokens === null
      ? null
      : { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0, totalTokens, costUsd },
};
