import { z } from 'zod';
import { InvalidCallInput, type JsonSchema } from './integration-client.ts';

/** Of what is given; what it cannot say is left out. */
export const jsonSchemaOf = (shape: z.ZodType): JsonSchema =>
  z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' });

/** What the JSON Schema has let through, with defaults, and checked for what it cannot say. Throws `InvalidCallInput`. */
export function readInput<Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> {
  const read = shape.safeParse(input ?? {});
  if (read.success) return read.data;
  throw new InvalidCallInput(
    read.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
  );
}
