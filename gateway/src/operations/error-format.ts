import { GraphQLError } from 'graphql';
import { createErrorFormatter } from '@flowmesh/platform/graphql';
import type { Logger } from '@flowmesh/platform/logging';

/** Formats any error for clients: see `createErrorFormatter`. */
export type FormatErrors = (errors: readonly unknown[]) => readonly GraphQLError[];

export function createErrorsFormatter(logger: Logger): FormatErrors {
  const format = createErrorFormatter(logger);
  return (errors) =>
    errors.map((error) => {
      const known = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
      const { message, locations, path, extensions } = format(known.toJSON(), error);
      return new FormattedError(message, locations, path, extensions);
    });
}

/** The error has no source text, so its locations are kept as they are. */
class FormattedError extends GraphQLError {
  constructor(
    message: string,
    private readonly places: GraphQLError['locations'],
    path: GraphQLError['path'],
    extensions: Record<string, unknown> | undefined,
  ) {
    super(message, { path, extensions });
  }

  override toJSON() {
    return { ...super.toJSON(), ...(this.places && { locations: this.places }) };
  }
}
