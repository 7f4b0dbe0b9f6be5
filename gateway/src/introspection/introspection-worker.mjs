// Runs in a worker thread. Plain JavaScript, so that it starts both from the source tree and from the bundle.
import { parentPort, workerData } from 'node:worker_threads';
import { buildSchema, executeSync, parse } from 'graphql';

const schema = buildSchema(workerData.sdl, { assumeValid: true });

parentPort.on('message', ({ text, operationName, variableValues }) => {
  try {
    const { data, errors = [] } = executeSync({ schema, document: parse(text), operationName, variableValues });
    const told = errors.map(({ message, path, positions }) => ({ message, path, positions }));
    // As text: the receiver parses text faster than it copies a large object.
    parentPort.postMessage({ answer: JSON.stringify({ data, errors: told }) });
  } catch (error) {
    parentPort.postMessage({ problem: String(error?.stack ?? error) });
  }
});
// Sent last: questions that arrive earlier wait for it.
parentPort.postMessage({ ready: true });
