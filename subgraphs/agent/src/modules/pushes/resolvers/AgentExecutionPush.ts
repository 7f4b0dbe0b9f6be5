import type { AgentExecutionPushResolvers } from '../../../__generated__/graphql.ts';

export const AgentExecutionPush: AgentExecutionPushResolvers = {
  tokenSet: (push, _args, { services }) => services.pushes.secretsOf(push).token !== undefined,
  authenticationScheme: (push, _args, { services }) => services.pushes.secretsOf(push).authenticationScheme ?? null,
};
