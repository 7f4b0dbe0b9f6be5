import { isEnumType, isInputObjectType, isListType, isNonNullType, type GraphQLInputType } from 'graphql';
import type { Input, Json } from './input-generator.ts';
import type { Condition, Operation, Selection } from './operation-generator.ts';
import { numberOf } from './random.ts';

export interface OperationText {
  readonly query: string;
  readonly variables: Readonly<Record<string, Json>>;
}

/** Writes an operation down, naming its variables and fragments. */
export function writeOperation(operation: Operation): OperationText {
  return new Writer(operation).write();
}

class Writer {
  private readonly definitions: string[] = [];
  private readonly variables: Record<string, Json> = {};
  private readonly fragments: string[] = [];

  constructor(private readonly operation: Operation) {}

  write(): OperationText {
    const { kind, selections } = this.operation;
    const body = this.selections(selections);
    const definitions = this.definitions.length > 0 ? `(${this.definitions.join(', ')})` : '';
    return { query: [`${kind} Q${definitions} ${body}`, ...this.fragments].join('\n'), variables: this.variables };
  }

  private selections(selections: readonly Selection[]): string {
    return `{ ${selections.map((selection) => this.selection(selection)).join(' ')} }`;
  }

  private selection(selection: Selection): string {
    switch (selection.kind) {
      case 'field': {
        const args = selection.args.map(([name, value]) => `${name}: ${this.input(value)}`).join(', ');
        const alias = selection.alias === '' ? `${selection.name}_${numberOf(args, 1e9)}` : selection.alias;
        const text = `${alias === null ? '' : `${alias}: `}${selection.name}${args && `(${args})`}`;
        return `${text}${this.conditions(selection.conditions)}${selection.selections ? ` ${this.selections(selection.selections)}` : ''}`;
      }
      case 'inline': {
        const on = selection.on === null ? '' : ` on ${selection.on}`;
        return `...${on}${this.conditions(selection.conditions)} ${this.selections(selection.selections)}`;
      }
      case 'fragment': {
        const body = this.selections(selection.selections);
        const name = `F${this.fragments.length}`;
        this.fragments.push(`fragment ${name} on ${selection.on} ${body}`);
        return selection.spreads.map((conditions) => `...${name}${this.conditions(conditions)}`).join(' ');
      }
    }
  }

  private conditions(conditions: readonly Condition[]): string {
    return conditions.map(({ name, value }) => ` @${name}(if: ${this.input(value)})`).join('');
  }

  private input(value: Input): string {
    switch (value.kind) {
      case 'plain':
        return literal(value.json, value.type);
      case 'list':
        return `[${value.items.map((item) => this.input(item)).join(', ')}]`;
      case 'object':
        return `{ ${value.fields.map(([name, field]) => `${name}: ${this.input(field)}`).join(', ')} }`;
      case 'variable': {
        const { declared, fallback, given } = value;
        const name = this.definitions.length === 0 ? this.operation.variable : `v${this.definitions.length}`;
        const tail = fallback === undefined ? '' : ` = ${literal(fallback, declared)}`;
        this.definitions.push(`$${name}: ${String(declared)}${tail}`);
        if (given !== undefined) this.variables[name] = given;
        return `$${name}`;
      }
    }
  }
}

function literal(value: Json, type: GraphQLInputType | undefined): string {
  if (isNonNullType(type)) return literal(value, type.ofType as GraphQLInputType);
  if (Array.isArray(value)) {
    const item = isListType(type) ? (type.ofType as GraphQLInputType) : undefined;
    return `[${value.map((entry: Json) => literal(entry, item)).join(', ')}]`;
  }
  if (isListType(type)) return literal(value, type.ofType as GraphQLInputType);
  if (typeof value === 'object' && value !== null) {
    const fields = isInputObjectType(type) ? type.getFields() : {};
    return `{ ${Object.entries(value)
      .map(([name, entry]) => `${name}: ${literal(entry as Json, fields[name]?.type)}`)
      .join(', ')} }`;
  }
  return isEnumType(type) && typeof value === 'string' ? value : JSON.stringify(value);
}
