import pg from 'pg';
import { HostFailure } from './answers.mjs';
import { admit } from './postgresql-admission.mjs';
import { cancelStatement, tlsOptions } from './postgresql-cancel.mjs';
import { types } from './postgresql-types.mjs';
import { BoundedRows } from './results.mjs';
import { openSocket } from './traffic.mjs';

/** The server ends a statement by itself; when it was talked out of that, it is asked to, so much later. */
const GRACE_MS = 250;
const CURSOR = 'flowmesh_rows';

/** One connection to a database that is not on the product's server, by a user that suits the configuration. */
export async function openPostgresql({ target, configuration, password, product }) {
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    database: configuration.database,
    user: configuration.user,
    password,
    ssl: tlsOptions(target),
    stream: () => connecting(target),
    application_name: 'flowmesh integration',
    types,
  });
  const session = new PostgresqlSession(client, target, configuration);
  await told(client.connect());
  await told(admit(client, { product, allowWrites: configuration.allowWrites }));
  return session;
}

/** `pg` wants to connect a socket by itself. */
export function connecting(target) {
  const socket = openSocket(target);
  return Object.assign(socket, { connect: () => socket });
}

/** What the server says no to is told as that. */
const told = (work) =>
  work.catch((error) => {
    const isAnswer = error?.severity !== undefined && /^[0-9A-Z]{5}$/.test(error.code ?? '');
    throw isAnswer ? new HostFailure('SERVER', error.message, error.code) : error;
  });

class PostgresqlSession {
  broken = false;

  constructor(client, target, configuration) {
    this.client = client;
    this.target = target;
    this.configuration = configuration;
    client.on('error', () => (this.broken = true));
    client.on('end', () => (this.broken = true));
    // The server waits for data then; there is none, and `pg` has no way back.
    this.copiesIn = new Promise((_resolve, reject) => {
      client.connection.on('copyInResponse', () => {
        this.broken = true;
        reject(new HostFailure('SERVER', 'there is no data for COPY FROM STDIN', '0A000'));
      });
    });
    this.copiesIn.catch(() => undefined);
  }

  isGood() {
    return !this.broken;
  }

  /** Gives JSON text. */
  async run(operation, statement) {
    const { statementTimeoutMs } = this.configuration;
    let timer;
    const late = new Promise((_resolve, reject) => {
      const end = () => reject(new HostFailure('TIMEOUT', 'The statement did not end when it was cancelled.'));
      const cancel = () => void this.cancel().then(() => (timer = setTimeout(end, GRACE_MS)));
      timer = setTimeout(cancel, statementTimeoutMs + GRACE_MS);
    });
    try {
      return await Promise.race([told(this.#operate(operation, statement)), this.copiesIn, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #operate(operation, statement) {
    if (operation === 'query') return this.#read(statement);
    if (operation === 'execute') return this.#execute(statement);
    return this.client.query('select 1').then(() => 'null');
  }

  /**
   * The first rows of a SELECT. The transaction can change nothing, and a cursor takes one SELECT and nothing else: no
   * second statement behind it, no end of the transaction.
   */
  async #read({ sql, parameters = [] }) {
    const rows = new BoundedRows(this.configuration.maxRows);
    await this.#begin('begin read only');
    try {
      await this.client.query(extended(`declare ${CURSOR} no scroll cursor for ${sql}`, parameters));
      for (let isEnd = false; !isEnd && !rows.isFull;) {
        const [wanted, before] = [rows.wanted, rows.seen];
        await this.#rowsOf({ text: `fetch ${wanted} from ${CURSOR}` }, rows);
        isEnd = rows.seen - before < wanted;
      }
      return rows.json();
    } finally {
      await this.#forget('rollback');
    }
  }

  /** One statement in a transaction of its own; the extended protocol takes no second one. */
  async #execute({ sql, parameters = [] }) {
    const rows = new BoundedRows(this.configuration.maxRows);
    await this.#begin('begin');
    let end = 'rollback';
    try {
      const rowCount = await this.#rowsOf(extended(sql, parameters), rows);
      const json = rows.json({ rowCount });
      await this.client.query('commit');
      end = null;
      return json;
    } finally {
      await this.#forget(end);
    }
  }

  /** The server ends what it does; the connection is not used again, as that may come late. */
  cancel() {
    this.broken = true;
    return cancelStatement(this.client, connecting(this.target), this.target);
  }

  close() {
    this.broken = true;
  }

  #begin(begin) {
    return this.client.query(`${begin}; set local statement_timeout = ${this.configuration.statementTimeoutMs}`);
  }

  /** What a statement may have left behind, such as locks, is gone for the next one. */
  async #forget(end) {
    try {
      if (end !== null) await this.client.query(end);
      await this.client.query('discard all');
    } catch {
      this.broken = true;
    }
  }

  /** Gives how many rows the server says there were. */
  #rowsOf(config, rows) {
    return new Promise((resolve, reject) => {
      const query = this.client.query(new pg.Query(config));
      query.on('row', (row) => rows.add(row));
      query.on('end', ({ rowCount }) => resolve(rowCount));
      query.on('error', reject);
    });
  }
}

const extended = (text, values) => ({ text, values, queryMode: 'extended' });
