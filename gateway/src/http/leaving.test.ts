import { request } from 'node:http';
import { connect } from 'node:net';
import { until } from '@flowmesh/platform/testing';
import { WebSocket } from 'ws';
import { startToyGraph, type ToyGraph } from '../test-support/toy-graph.ts';

let graph: ToyGraph;
beforeAll(async () => {
  graph = await startToyGraph();
});
afterAll(() => graph.stop());

/** Milliseconds after which the client leaves. */
const MOMENTS = [0, 1, 2, 3, 5, 8, 12, 20, 50, 500];
/** Milliseconds that it takes to open the stream. */
const OPENING = [0, 15];
const query = (after: number) => `subscription { waiting(after: ${after}) { id } }`;

const overHttp = (accept: string) => (authorization: string, opening: number, leaveAfter: number) =>
  new Promise<void>((resolve) => {
    const outgoing = request(graph.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, authorization },
    });
    outgoing.on('error', () => undefined);
    outgoing.on('response', (answer) => answer.on('error', () => undefined).resume());
    outgoing.on('close', resolve);
    outgoing.end(JSON.stringify({ query: query(opening) }), () => setTimeout(() => outgoing.destroy(), leaveAfter));
  });

function overWebSocket(authorization: string, opening: number, leaveAfter: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(graph.url.replace('http', 'ws'), 'graphql-transport-ws');
    const subscribe = (id: string) =>
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query: query(opening) } }));
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
      setTimeout(() => socket.terminate(), leaveAfter);
    });
    socket.on('message', (data: Buffer) => {
      if (!data.includes('connection_ack')) return;
      subscribe('1');
      // The same id again, while the first one is being opened.
      socket.send('{"id":"1","type":"complete"}');
      subscribe('1');
      subscribe('2');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

/** How many sessions are watched: with one more, each question asks for all of them. */
async function watchedSessions(): Promise<number> {
  const stream = new AbortController();
  const response = await fetch(graph.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${await graph.token()}`,
    },
    body: JSON.stringify({ query: query(0) }),
    signal: stream.signal,
  });
  graph.seen.identityQuestions.length = 0;
  await until('the session is asked for', () => graph.seen.identityQuestions.length > 0);
  stream.abort();
  await response.text().catch(() => undefined);
  return (graph.seen.identityQuestions[0] ?? 0) - 1;
}

test.each([
  ['server-sent events', overHttp('text/event-stream')],
  ['multipart', overHttp('multipart/mixed')],
  ['WebSocket', overWebSocket],
])('whenever a client leaves, nothing of its stream is left: %s', async (_name, leave) => {
  const before = graph.seen.streams;
  for (const opening of OPENING) {
    for (const moment of MOMENTS) {
      const leaving = [1, 2, 3].map(async () => leave(`Bearer ${await graph.token()}`, opening, moment));
      await Promise.all(leaving);
    }
  }
  await until('no stream is open', () => graph.seen.openStreams === 0);
  expect(graph.seen.streams).toBeGreaterThan(before);
  expect(await watchedSessions()).toBe(0);
  await until('no stream is open', () => graph.seen.openStreams === 0);
});

it('opens one stream of a connection at a time, and leaves nothing of those behind it', async () => {
  const { port, host } = new URL(graph.url);
  const body = JSON.stringify({ query: query(0) });
  const one = [
    `POST /graphql HTTP/1.1`,
    `host: ${host}`,
    `authorization: Bearer ${await graph.token()}`,
    'content-type: application/json',
    'accept: text/event-stream',
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
  const before = graph.seen.streams;
  const socket = connect(Number(port), '127.0.0.1', () => socket.write(one.repeat(3)));
  await until('another stream was opened', () => graph.seen.streams === before + 1);
  socket.destroy();
  await until('no stream is open', () => graph.seen.openStreams === 0);
  expect(await watchedSessions()).toBe(0);
});
