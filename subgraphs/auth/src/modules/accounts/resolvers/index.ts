import type { Resolvers } from '../../../__generated__/graphql.ts';
import { changePassword } from './Mutation/changePassword.ts';
import { register } from './Mutation/register.ts';
import { requestPasswordReset } from './Mutation/requestPasswordReset.ts';
import { resendVerificationEmail } from './Mutation/resendVerificationEmail.ts';
import { resetPassword } from './Mutation/resetPassword.ts';
import { verifyEmail } from './Mutation/verifyEmail.ts';
import { passwordStrength } from './Query/passwordStrength.ts';

export const accountResolvers = {
  Query: { passwordStrength },
  Mutation: {
    changePassword,
    register,
    requestPasswordReset,
    resendVerificationEmail,
    resetPassword,
    verifyEmail,
  },
} satisfies Resolvers;
