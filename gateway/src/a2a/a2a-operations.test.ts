import { parse, validate } from 'graphql';
import { createLogger } from '@flowmesh/platform/logging';
import { loadSupergraph } from '../supergraph/supergraph.ts';
import { readSupergraphFile } from '../supergraph/supergraph-file.ts';
import { A2A_OPERATIONS } from './a2a-operations.ts';

const supergraph = loadSupergraph({
  sdl: readSupergraphFile(),
  sources: new Map(),
  logger: createLogger({ level: 'silent', name: 'test' }),
});
afterAll(() => supergraph.close());

test.each(Object.entries(A2A_OPERATIONS))('%s is an operation of the graph', (_name, document) => {
  expect(validate(supergraph.schema, parse(document)).map(({ message }) => message)).toEqual([]);
});
