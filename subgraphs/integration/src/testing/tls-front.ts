import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Signed by itself, for localhost: nobody believes it. Made for tests, with `openssl req -x509`. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4Bi56Qcr/mW3J0sQ
3lvKMwcNfx5Qc/+NtggBZKAW7OGhRANCAARzs5IIWDpIbJjl/XlRribj2kCoYB6j
d4cdm18vWATbqHd5O+e0UlKanrK27gmbue6zKfiuXOxQ3FXsvpsNoj27
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUWcZn3X95vBSsVqCSky4P0q9zRoAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDEyNDcyMloYDzIxMjYxMTA2
MTI0NzIyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARzs5IIWDpIbJjl/XlRribj2kCoYB6jd4cdm18vWATbqHd5O+e0UlKa
nrK27gmbue6zKfiuXOxQ3FXsvpsNoj27o28wbTAdBgNVHQ4EFgQUTSq3JTDY09Dq
ORBUiet6jY7gFJwwHwYDVR0jBBgwFoAUTSq3JTDY09DqORBUiet6jY7gFJwwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgcVdK09eCae0hfscQ89y8IbGKhxYUg1mi2N4igeieBAACIQC9
mKKAlFaYD38LfdXvpyfgCc1CI4ZQd+Ho3jdE2WwiiA==
-----END CERTIFICATE-----
`;

export interface TlsFront {
  readonly port: number;
  /** How many connections became encrypted ones. */
  readonly encrypted: () => number;
  stop(): Promise<void>;
}

/** Takes TLS and hands on what is in it; `asked`: after the request by which PostgreSQL's clients begin it. */
export async function startTlsFront(target: number, { asked }: { readonly asked: boolean }): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  let encrypted = 0;
  const begin = (socket: Socket) => {
    const secure = new TLSSocket(socket, { isServer: true, key: KEY, cert: CERTIFICATE });
    const inner = connect(target, '127.0.0.1');
    for (const each of [secure, inner]) {
      sockets.add(each);
      each.on('error', () => undefined).once('close', () => [secure, inner].forEach((one) => one.destroy()));
    }
    secure.once('secure', () => (encrypted += 1));
    secure.pipe(inner).pipe(secure);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (!asked) begin(socket);
    else {
      socket.once('data', () => {
        socket.write('S');
        begin(socket);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    encrypted: () => encrypted,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
