import type { FetchNode, PlanNode } from '@apollo/query-planner';
import { GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { unavailable } from '@flowmesh/platform/errors';
import type { CallContext, SubgraphSources } from '@flowmesh/platform/federation';
import { isObjectData, mergeData, representationOf, rewrite, type ObjectData } from './entity-data.ts';
import type { EntityKeys } from './entity-keys.ts';
import { FetchErrors, type ResponsePath } from './fetch-errors.ts';

/** An object of the answer that a fetch adds to, and where it stands. */
interface Target {
  readonly value: ObjectData;
  readonly path: ResponsePath;
}

interface Representations {
  readonly variables: ObjectData;
  /** Which objects each representation stands for: equal ones are asked for once. */
  readonly targets: readonly (readonly Target[])[];
}

/** Executes one plan once: asks the subgraphs, and gathers what they say into `data` and `errors`. */
export class PlanExecution {
  readonly data: ObjectData = {};
  readonly errors = new FetchErrors();

  constructor(
    private readonly supergraphSchema: GraphQLSchema,
    private readonly keys: EntityKeys,
    private readonly sources: SubgraphSources,
    private readonly variables: Readonly<Record<string, unknown>>,
    private readonly call: CallContext,
  ) {}

  /** Never rejects: what fails is an error of the answer. */
  run(node: PlanNode): Promise<void> {
    return this.execute(node, [{ value: this.data, path: [] }]);
  }

  /** Takes the answer of a root fetch that was made elsewhere. The result is used up: other fetches add to it. */
  take(fetch: FetchNode, result: ExecutionResult): void {
    this.addToAll(fetch, [{ value: this.data, path: [] }], result);
  }

  private async execute(node: PlanNode, targets: readonly Target[]): Promise<void> {
    if (targets.length === 0) return;
    switch (node.kind) {
      case 'Sequence':
        for (const each of node.nodes) await this.execute(each, targets);
        return;
      case 'Parallel':
        await Promise.all(node.nodes.map((each) => this.execute(each, targets)));
        return;
      case 'Flatten':
        return this.execute(node.node, targetsBelow(targets, node.path));
      case 'Condition': {
        const clause = this.variables[node.condition] ? node.ifClause : node.elseClause;
        return clause && this.execute(clause, targets);
      }
      case 'Fetch':
        return node.requires ? this.fetchEntities(node, targets) : this.fetchRoot(node, targets);
      case 'Defer':
        throw new Error('the planner was told not to defer');
    }
  }

  private async fetchRoot(fetch: FetchNode, targets: readonly Target[]): Promise<void> {
    const result = await this.send(fetch, {}, targets);
    if (result) this.addToAll(fetch, targets, result);
  }

  private addToAll(fetch: FetchNode, targets: readonly Target[], { data, errors }: ExecutionResult): void {
    rewrite(this.supergraphSchema, fetch.outputRewrites, data);
    for (const { value } of targets) if (data) mergeData(value, data);
    if (!data && errors?.length) this.errors.addMissing(targets.map(({ path }) => path));
    for (const error of errors ?? []) {
      this.errors.add(
        fetch,
        error,
        targets.map(({ path }) => path),
        error.path,
      );
    }
  }

  private async fetchEntities(fetch: FetchNode, targets: readonly Target[]): Promise<void> {
    const { variables, targets: targetsOf } = this.representations(fetch, targets);
    if (targetsOf.length === 0) return;
    const result = await this.send(fetch, variables, targets);
    if (!result) return;
    const entities: unknown = result.data?._entities;
    if (Array.isArray(entities)) {
      targetsOf.forEach((sameEntity, index) => {
        const entity: unknown = entities[index];
        if (!isObjectData(entity)) return this.errors.addDangling(sameEntity.map(({ path }) => path));
        entity.__typename ??= sameEntity[0]?.value.__typename;
        rewrite(this.supergraphSchema, fetch.outputRewrites, entity);
        for (const { value } of sameEntity) mergeData(value, entity);
      });
    }
    for (const error of result.errors ?? []) {
      const [, index, ...below] = error.path ?? [];
      const known = typeof index === 'number' ? targetsOf[index] : undefined;
      const at = (known ?? targets).map(({ path }) => path);
      this.errors.add(fetch, error, at, known ? below : undefined);
    }
  }

  private representations(fetch: FetchNode, targets: readonly Target[]): Representations {
    const byText = new Map<string, { representation: ObjectData; targets: Target[] }>();
    for (const target of targets) {
      const representation = this.representation(fetch, target);
      if (!representation) continue;
      rewrite(this.supergraphSchema, fetch.inputRewrites, representation);
      const text = JSON.stringify(representation);
      const same = byText.get(text);
      if (same) same.targets.push(target);
      else byText.set(text, { representation, targets: [target] });
    }
    const each = [...byText.values()];
    return {
      variables: { representations: each.map(({ representation }) => representation) },
      targets: each.map(({ targets: sameEntity }) => sameEntity),
    };
  }

  /**
   * What is missing although nothing has failed belongs to a field that a condition leaves out. The planner (2.14) names
   * it all the same, for the sake of other fields of the same fetch.
   */
  private representation({ requires = [], serviceName }: FetchNode, { value, path }: Target): ObjectData | null {
    const whole = representationOf(this.supergraphSchema, value, requires, 'no entity');
    if (whole || this.errors.explainLack(path)) return whole;
    const part = representationOf(this.supergraphSchema, value, requires, 'left out');
    const keys = part ? this.keys(serviceName, String(part.__typename)) : [];
    return keys.some((key) => key.every((field) => part?.[field] !== undefined)) ? part : null;
  }

  /** Undefined when the source has failed, which is an error of the answer then. */
  private async send(
    fetch: FetchNode,
    more: ObjectData,
    targets: readonly Target[],
  ): Promise<ExecutionResult | undefined> {
    const { serviceName, operation: query, operationName } = fetch;
    const variables = { ...usedVariables(fetch, this.variables), ...more };
    try {
      const source = this.sources.get(serviceName);
      if (!source) throw unavailable(`The ${serviceName} service is not part of this installation.`);
      return await source.execute({ query, operationName, variables }, this.call);
    } catch (error) {
      this.errors.add(
        fetch,
        asGraphQLError(error),
        targets.map(({ path }) => path),
        undefined,
      );
      return undefined;
    }
  }
}

export const asGraphQLError = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : new GraphQLError(String(error), { originalError: error as Error });

/** Absent ones stay absent. */
export function usedVariables({ variableUsages = [] }: FetchNode, variables: Readonly<ObjectData>): ObjectData {
  return Object.fromEntries(
    variableUsages.filter((name) => Object.hasOwn(variables, name)).map((name) => [name, variables[name]]),
  );
}

function targetsBelow(targets: readonly Target[], path: ResponsePath): Target[] {
  let values: { readonly value: unknown; readonly path: ResponsePath }[] = [...targets];
  for (const key of path) values = values.flatMap(({ value, path: above }) => step(value, key, above));
  return values.flatMap(({ value, path: place }) => (isObjectData(value) ? [{ value, path: place }] : []));
}

function step(value: unknown, key: string | number, path: ResponsePath) {
  if (key === '@')
    return Array.isArray(value) ? value.map((item: unknown, index) => ({ value: item, path: [...path, index] })) : [];
  return isObjectData(value) ? [{ value: value[key], path: [...path, key] }] : [];
}
