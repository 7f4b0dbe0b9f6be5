import { validateAgainst } from '@flowmesh/platform/json-schema';
import type { Requester } from '@flowmesh/platform/sandbox';
import { findSecrets } from '@flowmesh/platform/secret-detection';
import { invalidInput, type InvalidInputFailure } from '@flowmesh/platform/validation';
import { secretsRefused } from '../contexts/context-failures.ts';
import type { JsonObject, SecretPolicy } from '../contexts/context-record.ts';
import type { LayerTypeStore } from '../layer-types/layer-type-store.ts';
import { codeOf, findControls, withoutControls, type FoundControl } from './control-characters.ts';

export type DataFailure = InvalidInputFailure | ReturnType<typeof secretsRefused>;

/** Names a key, as a key of an object does: that cannot be masked either. */
const PATCH_PATH = /^(?:input\.)?patch\[\d+\]\.(?:path|from)$/;

const INPUT = 'input';

/** Paths of failures are those of fields below `input`, which is not named. */
function belowInput(failure: DataFailure): DataFailure {
  const below = <P extends { readonly path: string }>(at: P): P => ({ ...at, path: at.path.replace(/^input\.?/, '') });
  return 'findings' in failure
    ? { ...failure, findings: failure.findings.map(below) }
    : { ...failure, fields: failure.fields.map(below) };
}

const controlsRefused = (found: readonly FoundControl[]): InvalidInputFailure =>
  invalidInput(
    found.map(({ path, character, inKey }) => ({
      path,
      message:
        `${inKey ? 'has a key that' : ''} must not contain control characters (${codeOf(character)})`.trimStart(),
    })),
  );

/** What is checked of data before it becomes a layer's. */
export class DataChecks {
  constructor(private readonly types: LayerTypeStore) {}

  /**
   * Secrets in data, by the policy of the context: the failure, or what may be stored. `path`: of the data
   * below `input`.
   */
  async withoutSecrets<T extends object>(
    policy: SecretPolicy,
    path: string,
    data: T,
    whom: Requester,
  ): Promise<{ readonly data: T } | { readonly failure: DataFailure }> {
    const searched = await findSecrets(path, data, whom);
    if ('__typename' in searched) return { failure: searched };
    const { found, masked } = searched;
    const refused = policy === 'REFUSE' ? found : found.filter(({ inKey, path: at }) => inKey || PATCH_PATH.test(at));
    if (refused.length > 0)
      return { failure: secretsRefused(refused.map(({ path: at, kind }) => ({ path: at, kind }))) };
    return { data: found.length > 0 ? masked : data };
  }

  /**
   * What somebody gives, without control characters and secrets, both refused or masked by the policy of the context. `path`: of
   * the data below `input`.
   */
  async givenData<T extends object>(
    policy: SecretPolicy,
    path: string,
    data: T,
    whom: Requester,
  ): Promise<{ readonly data: T } | { readonly failure: DataFailure }> {
    const found = await findControls(path, data);
    const refused = policy === 'REFUSE' ? found : found.filter((each) => each.inKey || PATCH_PATH.test(each.path));
    if (refused.length > 0) return { failure: controlsRefused(refused) };
    return this.withoutSecrets(policy, path, found.length > 0 ? withoutControls(data) : data, whom);
  }

  /**
   * The same for several fields of `input` at once, named as they are there; texts and keys of all of them. What is not given stays
   * so.
   */
  async inputWithoutSecrets<T extends object>(
    policy: SecretPolicy,
    input: T,
    whom: Requester,
  ): Promise<{ readonly data: T } | { readonly failure: DataFailure }> {
    const clean = await this.givenData(policy, INPUT, input, whom);
    return 'failure' in clean ? { failure: belowInput(clean.failure) } : clean;
  }

  /** Whether the owner has a type of this name, by which data is checked. */
  async isTyped(ownerId: string, layerType: string): Promise<boolean> {
    return (await this.types.find(ownerId, layerType)) !== null;
  }

  /** Whether the data satisfies the owner's type of this name, if there is one. */
  async ofType(
    ownerId: string,
    layerType: string,
    data: JsonObject,
    whom: Requester,
  ): Promise<InvalidInputFailure | null> {
    const type = await this.types.find(ownerId, layerType);
    const problems = type ? await validateAgainst(type.schema, data, whom) : [];
    if (problems.length === 0) return null;
    return invalidInput(
      problems.map(({ path, message }) => ({ path: ['data', path].filter(Boolean).join('.'), message })),
    );
  }
}
