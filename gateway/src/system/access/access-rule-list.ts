import { combineRules, readAccessRules, type AccessRule } from '@flowmesh/platform/access';
import { listOf, type Connection, type ListArguments, type ListSource } from '@flowmesh/platform/connections';
import { badInput } from '@flowmesh/platform/errors';
import { line, parseArgument } from '@flowmesh/platform/validation';
import { Kind, parse, type DocumentNode } from 'graphql';
import { z } from 'zod';

/** A field and its access rule. */
export interface FieldRule {
  /** The coordinate. */
  readonly id: string;
  readonly description: string | null;
  readonly rule: AccessRule;
}

const ACCESS_RULES = listOf({
  name: 'accessRules',
  orders: { COORDINATE: { field: 'id', type: 'string' } },
  orderBy: { field: 'COORDINATE', direction: 'ASC' },
});

const filterShape = z.object({
  type: line({ max: 100 }).nullish(),
  search: line({ max: 100 }).nullish(),
  scope: line({ max: 200 }).nullish(),
  public: z.boolean().nullish(),
});

/** A list source of rows in memory, ordered by id. */
const IN_MEMORY: ListSource<FieldRule, readonly FieldRule[]> = {
  page: (rows, { cursor, take }) =>
    Promise.resolve((cursor ? rows.filter(({ id }) => id > cursor.id) : rows).slice(0, take)),
  count: (rows) => Promise.resolve(rows.length),
};

/** The access rules of all fields of a supergraph, as the gateway applies them. */
export class AccessRuleList {
  private readonly fields: readonly FieldRule[];
  private readonly byCoordinate: ReadonlyMap<string, FieldRule>;

  constructor(supergraphSdl: string) {
    const document = parse(supergraphSdl);
    const descriptions = readDescriptions(document);
    this.fields = [...readAccessRules(document)]
      .map(([id, rules]) => ({ id, description: descriptions.get(id) ?? null, rule: combineRules(rules) }))
      .sort((one, other) => (one.id < other.id ? -1 : 1));
    this.byCoordinate = new Map(this.fields.map((field) => [field.id, field]));
  }

  /** Throws `badInput` for a coordinate that names no field. */
  find(coordinate: string): FieldRule {
    const field = this.byCoordinate.get(coordinate);
    if (!field) throw badInput('coordinate', 'there is no such field; it would be e.g. `Query.agents`');
    return field;
  }

  /** Throws `badInput` for arguments that cannot be used. */
  async page(args: ListArguments<never>): Promise<Connection<FieldRule>> {
    const filter = parseArgument('filter', filterShape, args.filter ?? {});
    const matching = this.fields.filter((field) => matches(field, filter));
    return ACCESS_RULES.page(args, matching, IN_MEMORY);
  }
}

function matches({ id, description, rule }: FieldRule, filter: z.output<typeof filterShape>): boolean {
  const { type, search, scope, public: isPublic } = filter;
  if (type && id.split('.', 1)[0] !== type) return false;
  if (search && !`${id}\n${description ?? ''}`.toLowerCase().includes(search.toLowerCase())) return false;
  if (isPublic != null && rule.public !== isPublic) return false;
  return !scope || (!rule.public && rule.scopes.some((alternative) => alternative.includes(scope)));
}

function readDescriptions(document: DocumentNode): ReadonlyMap<string, string> {
  const descriptions = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const { name, description } of definition.fields ?? []) {
      if (description) descriptions.set(`${definition.name.value}.${name.value}`, description.value);
    }
  }
  return descriptions;
}
