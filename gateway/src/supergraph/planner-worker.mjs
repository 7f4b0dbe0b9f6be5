// Runs in a worker thread. Plain JavaScript, so that it starts both from the source tree and from the bundle.
import { parentPort, workerData } from 'node:worker_threads';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';

const supergraph = Supergraph.build(workerData.sdl, { validateSupergraph: false });
const apiSchema = supergraph.apiSchema();
const planner = new QueryPlanner(supergraph);

parentPort.on('message', (query) => {
  try {
    const operation = operationFromDocument(apiSchema, parse(query), { validate: false });
    parentPort.postMessage({ answer: planner.buildQueryPlan(operation).node });
  } catch (error) {
    parentPort.postMessage({ problem: String(error?.stack ?? error) });
  }
});
// Sent last: questions that arrive earlier wait for it.
parentPort.postMessage({ ready: true });
