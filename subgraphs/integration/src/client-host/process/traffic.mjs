import { subscribe } from 'node:diagnostics_channel';
import { connect } from 'node:net';

/** Between two looks at what has come. */
const LOOK_MS = 20;

/** Sockets that are open, and how many of their bytes are counted. */
const sockets = new Map();
let received = 0;
let limit = 0;
let onExceeded = () => undefined;

// Clients open sockets themselves.
subscribe('net.client.socket', ({ socket }) => {
  sockets.set(socket, 0);
  // Clients listen too, but not at every moment of a connection's life.
  socket.on('error', () => undefined);
  socket.once('close', () => {
    count(socket);
    sockets.delete(socket);
  });
});

setInterval(() => {
  if (receivedBytes() <= limit) return;
  destroySockets();
  onExceeded();
}, LOOK_MS);

function count(socket) {
  received += socket.bytesRead - sockets.get(socket);
  sockets.set(socket, socket.bytesRead);
}

/** Since `allowTraffic`, over all sockets together. */
export function receivedBytes() {
  for (const socket of sockets.keys()) count(socket);
  return received;
}

/** From now on so many bytes may come; then the sockets are destroyed, and it is told. */
export function allowTraffic(bytes, exceeded) {
  receivedBytes();
  received = 0;
  limit = bytes;
  onExceeded = exceeded;
}

export function destroySockets() {
  for (const socket of sockets.keys()) socket.destroy();
}

/** How a socket is to be opened: the addresses were checked by the parent, and nothing is looked up here. */
export const socketOptions = ({ host, port, addresses }) => ({
  host,
  port,
  lookup: (_host, { all }, callback) =>
    all ? callback(null, addresses) : callback(null, addresses[0].address, addresses[0].family),
});

/** A socket that is being connected. */
export const openSocket = (target) => connect(socketOptions(target));
