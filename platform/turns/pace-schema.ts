import { defaultFieldResolver, getNullableType, isLeafType, isObjectType, type GraphQLSchema } from 'graphql';
import { paced } from './paced.ts';
import { Turns } from './turns.ts';

/** By the context of an operation, so that all that is executed for it shares its turns. */
const known = new WeakMap<object, Turns>();

function turnsOf(context: object): Turns {
  let turns = known.get(context);
  if (!turns) known.set(context, (turns = new Turns()));
  return turns;
}

/**
 * Has graphql-js execute large answers of this schema in turns: see `Turns` for what is guaranteed. Executions without
 * a context are not paced. Changes the schema, once.
 */
export function paceSchema(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (isLeafType(getNullableType(field.type))) continue;
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args, context: unknown, info) => {
        const value: unknown = resolve(source, args, context, info);
        return typeof context === 'object' && context !== null ? paced(value, info, turnsOf(context)) : value;
      };
    }
  }
}
