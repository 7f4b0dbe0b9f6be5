import { parse, validate } from 'graphql';
import { createLogger } from '@flowmesh/platform/logging';
import { loadSupergraph } from '../supergraph/supergraph.ts';
import { readSupergraphFile } from '../supergraph/supergraph-file.ts';
import { GRAPH_TOOLS } from './mcp-tools.ts';

const supergraph = loadSupergraph({
  sdl: readSupergraphFile(),
  sources: new Map(),
  logger: createLogger({ level: 'silent', name: 'test' }),
});
afterAll(() => supergraph.close());

test.each(GRAPH_TOOLS.map((tool) => [tool.name, tool] as const))('%s is an operation of the graph', (_name, tool) => {
  expect(validate(supergraph.schema, parse(tool.document)).map(({ message }) => message)).toEqual([]);
  expect(tool.required.filter((name) => !Object.hasOwn(tool.properties, name))).toEqual([]);
});
