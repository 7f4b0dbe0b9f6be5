import type { FetchNode, PlanNode } from '@apollo/query-planner';
import { GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { unavailable } from '@flowmesh/platform/errors';
import type { CallContext, SubgraphSources } from '@flowmesh/platform/federation';
import { forEachInTurns, turn, Turns } from '@flowmesh/platform/turns';
import { isObjectData, mergeData, representationOf, rewrite, type ObjectData } from './entity-data.ts';
import type { EntityKeys } from './entity-keys.ts';
import { FetchErrors, type ResponsePath } from './fetch-errors.ts';

/** An object of the response that a fetch extends, and its path. */
interface Target {
  readonly value: ObjectData;
  readonly path: ResponsePath;
}

interface Place {
  readonly value: unknown;
  readonly path: ResponsePath;
}

interface Entity {
  readonly representation: ObjectData;
  /** The objects with this representation: equal ones are fetched once. */
  readonly targets: Target[];
}

/** The cost of finding, representing or completing one entity, in executed fields. */
const ENTITY_WEIGHT = 5;
/** The most entities in one fetch. */
const ENTITIES_PER_FETCH = 1_000;

/**
 * Executes one plan once: calls the subgraphs, and collects their results in `data` and `errors`. Work per entity is
 * done in the turns of the request.
 */
export class PlanExecution {
  readonly data: ObjectData = {};
  readonly errors = new FetchErrors();
  readonly turns = new Turns();

  constructor(
    private readonly supergraphSchema: GraphQLSchema,
    private readonly keys: EntityKeys,
    private readonly sources: SubgraphSources,
    private readonly variables: Readonly<Record<string, unknown>>,
    private readonly call: CallContext,
  ) {}

  /** Never rejects: failures are errors of the response. */
  run(node: PlanNode): Promise<void> {
    return this.execute(node, [{ value: this.data, path: [] }]);
  }

  /** Takes the response of a root fetch that was made elsewhere. The result is modified: other fetches add to it. */
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
        return this.execute(node.node, await this.targetsBelow(targets, node.path));
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
    const entities = await this.entities(fetch, targets);
    const fetches: Promise<void>[] = [];
    for (let start = 0; start < entities.length; start += ENTITIES_PER_FETCH) {
      // A subgraph's first step with all of them cannot be interrupted.
      if (start > 0) await turn();
      fetches.push(this.fetchSome(fetch, entities.slice(start, start + ENTITIES_PER_FETCH)));
    }
    await Promise.all(fetches);
  }

  private async fetchSome(fetch: FetchNode, entities: readonly Entity[]): Promise<void> {
    const all = entities.flatMap(({ targets }) => targets);
    const representations = entities.map(({ representation }) => representation);
    const result = await this.send(fetch, { representations }, all);
    if (!result) return;
    const found: unknown = result.data?._entities;
    if (Array.isArray(found)) {
      await forEachInTurns(entities, ENTITY_WEIGHT, this.turns, ({ targets }, index) => {
        const data: unknown = found[index];
        if (!isObjectData(data)) return this.errors.addDangling(targets.map(({ path }) => path));
        data.__typename ??= targets[0]?.value.__typename;
        rewrite(this.supergraphSchema, fetch.outputRewrites, data);
        for (const { value } of targets) mergeData(value, data);
      });
    }
    for (const error of result.errors ?? []) {
      const [, index, ...below] = error.path ?? [];
      const known = typeof index === 'number' ? entities[index] : undefined;
      const at = (known?.targets ?? all).map(({ path }) => path);
      this.errors.add(fetch, error, at, known ? below : undefined);
    }
  }

  private async targetsBelow(targets: readonly Target[], path: ResponsePath): Promise<readonly Target[]> {
    let places: readonly Place[] = targets;
    for (const key of path) {
      const below: Place[] = [];
      await forEachInTurns(places, ENTITY_WEIGHT, this.turns, (place) => {
        for (const each of step(place, key)) below.push(each);
      });
      places = below;
    }
    return places.filter((place): place is Target => isObjectData(place.value));
  }

  private async entities(fetch: FetchNode, targets: readonly Target[]): Promise<readonly Entity[]> {
    const byText = new Map<string, Entity>();
    await forEachInTurns(targets, ENTITY_WEIGHT, this.turns, (target) => {
      const representation = this.representation(fetch, target);
      if (!representation) return;
      rewrite(this.supergraphSchema, fetch.inputRewrites, representation);
      const text = JSON.stringify(representation);
      const same = byText.get(text);
      if (same) same.targets.push(target);
      else byText.set(text, { representation, targets: [target] });
    });
    return [...byText.values()];
  }

  /**
   * A required value that is missing without an error belongs to a field that a condition excludes. The planner (2.14)
   * requires it all the same, because of other fields of the same fetch.
   */
  private representation({ requires = [], serviceName }: FetchNode, { value, path }: Target): ObjectData | null {
    const whole = representationOf(this.supergraphSchema, value, requires, 'no entity');
    if (whole || this.errors.explainLack(path)) return whole;
    const part = representationOf(this.supergraphSchema, value, requires, 'left out');
    const keys = part ? this.keys(serviceName, String(part.__typename)) : [];
    return keys.some((key) => key.every((field) => part?.[field] !== undefined)) ? part : null;
  }

  /** Undefined if the source failed, which is then an error of the response. */
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
      await this.turns.take(ENTITY_WEIGHT * targets.length);
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

/** Absent variables stay absent. */
export function usedVariables({ variableUsages = [] }: FetchNode, variables: Readonly<ObjectData>): ObjectData {
  return Object.fromEntries(
    variableUsages.filter((name) => Object.hasOwn(variables, name)).map((name) => [name, variables[name]]),
  );
}

function step({ value, path }: Place, key: string | number): Place[] {
  if (key === '@')
    return Array.isArray(value) ? value.map((item: unknown, index) => ({ value: item, path: [...path, index] })) : [];
  return isObjectData(value) ? [{ value: value[key], path: [...path, key] }] : [];
}
