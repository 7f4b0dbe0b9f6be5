import pg from 'pg';

/** A server that does not take the request by then is left with its own `statement_timeout`. */
const CANCEL_MS = 800;

export const tlsOptions = ({ tls }) => (tls === 'OFF' ? false : { rejectUnauthorized: tls === 'VERIFIED' });

/** Asks the server, over another connection, to end what it does for `client`. Never fails. */
export function cancelStatement({ processID, secretKey }, stream, target) {
  const ssl = tlsOptions(target);
  return new Promise((resolve) => {
    const connection = new pg.Connection({ stream, ssl });
    const timer = setTimeout(done, CANCEL_MS);
    function done() {
      clearTimeout(timer);
      stream.destroy();
      resolve();
    }
    const ask = () => connection.cancel(processID, secretKey);
    connection.on('connect', () => (ssl ? connection.requestSsl() : ask()));
    connection.on('sslconnect', ask);
    connection.on('error', done);
    connection.on('end', done);
    connection.connect(target.port, target.host);
  });
}
