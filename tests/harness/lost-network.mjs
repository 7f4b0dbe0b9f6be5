// Loaded before a process of the product: its way to the port LOST_PORT of other machines and this one is gone.
import { Socket } from 'node:net';

const lost = Number(process.env.LOST_PORT);
const connect = Socket.prototype.connect;

Socket.prototype.connect = function (...given) {
  const [options] = Array.isArray(given[0]) ? given[0] : given;
  if (Number(options?.port) !== lost) return connect.apply(this, given);
  const error = Object.assign(new Error(`connect ENETUNREACH 127.0.0.1:${lost}`), { code: 'ENETUNREACH' });
  setImmediate(() => this.destroy(error));
  return this;
};
