import { headerSecretProblem } from '@flowmesh/platform/http';
import type { InvalidField } from '@flowmesh/platform/validation';

/** What is wrong with a credential that is sent in a header as it is; nothing when it is not there. */
export function headerCredentialProblems(
  name: string,
  { [name]: secret }: Readonly<Record<string, string>>,
): InvalidField[] {
  const message = secret === undefined ? null : headerSecretProblem(secret);
  return message === null ? [] : [{ path: name, message }];
}
