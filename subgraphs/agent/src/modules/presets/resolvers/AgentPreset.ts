import type { AgentPresetResolvers } from '../../../__generated__/graphql.ts';

export const AgentPreset: AgentPresetResolvers = {
  type: ({ name }) => name,
  capabilities: ({ capabilities }) => [...capabilities],
};
