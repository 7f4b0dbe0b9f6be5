import { HostFailure } from './answers.mjs';

/** Tables that every database of the product has one of. */
const HAS_OUR_TABLES = `exists (
  select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
   where (n.nspname operator(pg_catalog.=) 'public' and c.relname operator(pg_catalog.=) 'outbox_positions')
      or (n.nspname operator(pg_catalog.=) 'bus' and c.relname operator(pg_catalog.=) 'bus_events'))`;

const SERVER = `(select system_identifier::pg_catalog.text from pg_catalog.pg_control_system())`;

/** Servers that are not PostgreSQL itself, and those that do not tell. */
const NOT_TOLD = new Set(['42883', '42501', '0A000']);

/**
 * The product's own databases are nobody's integration, by whatever name and address they are reached and whoever knows a
 * password for them.
 */
export async function refuseProduct(client, product) {
  const ask = (server) =>
    client.query(`select ${HAS_OUR_TABLES} as ours, ${server} as server, pg_catalog.current_database() as database`);
  const { rows } = await ask(SERVER).catch((error) => {
    if (NOT_TOLD.has(error?.code)) return ask('null');
    throw error;
  });
  const [{ ours, server, database } = {}] = rows;
  const isOurs = product !== null && server === product.server && product.databases.includes(database);
  if (!ours && !isOurs) return;
  throw new HostFailure('BLOCKED', 'This is a database of the product itself, which integrations cannot reach.');
}
